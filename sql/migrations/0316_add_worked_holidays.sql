-- Pre-filled holidays on which the customer works, by name ("Columbus Day") or by day ("2026-11-11").
ALTER TABLE ops.calendar ADD COLUMN open_on jsonb NOT NULL DEFAULT '[]';
