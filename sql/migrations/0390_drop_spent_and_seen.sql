-- Nothing asks how soon an outage is seen, nor what some hours of burning spend: both are arithmetic on the burn rate.
DROP FUNCTION kpi.burn_seen_after(numeric, numeric, numeric, numeric);
DROP FUNCTION kpi.budget_spent(numeric, numeric, numeric);
