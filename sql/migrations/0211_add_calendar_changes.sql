-- Opening hours that hold from a day on, so that new hours leave the months before them as they were: [{"from", "hours", "holidays"}], each whole.
ALTER TABLE ops.calendar ADD COLUMN later jsonb NOT NULL DEFAULT '[]';
