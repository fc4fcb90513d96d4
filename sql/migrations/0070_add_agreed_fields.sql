-- Which fields the records of a flow have to agree in, as its contract says: names, or names with a tolerance; null: as the library has it.
ALTER TABLE ops.flow ADD COLUMN agreed jsonb;
