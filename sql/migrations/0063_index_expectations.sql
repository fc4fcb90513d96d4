-- A period's expectations, and those that still wait, without reading the settled past.
CREATE INDEX expectation_placed ON kpi.expectation (customer_id, (coalesce(due_at, opened_at)));
CREATE INDEX expectation_waiting ON kpi.expectation (customer_id)
  WHERE withdrawn_at = 'infinity' AND (satisfied_at = 'infinity' OR satisfied_until < 'infinity');
DROP INDEX kpi.expectation_due;
