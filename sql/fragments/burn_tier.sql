-- When a burn rate calls somebody: both stretches of time must burn faster than would use this share of the budget in the longer one.
-- gives:   burn_tier, four rows: number (the most urgent first), severity, long_seconds, short_seconds, budget_share
-- source:  Google SRE Workbook, "Alerting on SLOs", table 5-8 and the rule after it
burn_tier (number, severity, long_seconds, short_seconds, budget_share) AS (
  VALUES
    (1, 'page', 3600, 300, 0.02),
    (2, 'page', 21600, 1800, 0.05),
    (3, 'ticket', 86400, 7200, 0.10),
    (4, 'ticket', 259200, 21600, 0.10)
)
