-- What the pieces of the exception queue are worth together, also where one is worth less than nothing: its balance is drawn from them.
ALTER TABLE kpi.age_piece ADD COLUMN worth numeric NOT NULL DEFAULT 0;
