-- Under which names the customer's own people log manual entry, rework and finance work, by kind; null: nobody says.
ALTER TABLE ops.customer ADD COLUMN own_work jsonb;
