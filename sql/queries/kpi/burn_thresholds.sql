-- Above which burn rates somebody is called, for a target's window.
-- grain:   one row per tier, the most urgent first; thresholds are null for a window that nobody agreed on
-- params:  named text (calendar-month, 28d); moment timestamptz (in which month); zone text
-- columns: severity text; long_seconds, short_seconds int; threshold numeric
-- source:  fragment burn_tier
WITH
-- include: burn_tier
SELECT
  t.severity, t.long_seconds, t.short_seconds,
  kpi.burn_threshold(t.budget_share, kpi.target_window_seconds(CAST(:named AS text), CAST(:moment AS timestamptz), CAST(:zone AS text)), t.long_seconds)
    AS threshold
FROM burn_tier t
ORDER BY t.number
