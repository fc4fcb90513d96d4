-- Error budgets: how much may go wrong, how much of that is used, and how fast. Shares are 0..1, lengths of time in seconds; all exact.
-- Source: Google SRE Workbook, "Implementing SLOs" and "Alerting on SLOs".

-- What may go wrong of so many events (or seconds, or slices) under a target.
CREATE FUNCTION kpi.budget(events numeric, target numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT events * (1 - target)
$$;

-- What is left of a budget, 1 = all of it; negative when it is overspent, null when there is none.
CREATE FUNCTION kpi.budget_left(bad numeric, budget numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 1 - bad / nullif(budget, 0)
$$;

-- How fast it is used: 1 lasts exactly as long as the window of the target. Over any stretch of time, its bad events over its own budget.
CREATE FUNCTION kpi.burn_rate(bad numeric, budget numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT bad / nullif(budget, 0)
$$;

-- The burn rate that uses a share of the whole budget within some time.
CREATE FUNCTION kpi.burn_threshold(budget_share numeric, window_seconds numeric, within_seconds numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT budget_share * window_seconds / within_seconds
$$;

-- The share of the whole budget that burning so fast for some time uses.
CREATE FUNCTION kpi.budget_spent(burn numeric, for_seconds numeric, window_seconds numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT burn * for_seconds / window_seconds
$$;

-- Seconds until what is left of a budget is used up; null when nothing burns.
CREATE FUNCTION kpi.budget_lasts(budget_left numeric, burn numeric, window_seconds numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT budget_left * window_seconds / nullif(burn, 0)
$$;

-- Seconds after which a share of bad events raises the burn rate of some time to a threshold.
CREATE FUNCTION kpi.burn_seen_after(bad_share numeric, target numeric, within_seconds numeric, threshold numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT threshold * (1 - target) * within_seconds / nullif(bad_share, 0)
$$;

-- How long the window of a target is that an instant lies in: calendar-month in the contract's zone, or a number of days as 28d; null for
-- anything else, because its thresholds would be guesses.
CREATE FUNCTION kpi.target_window_seconds(named text, moment timestamptz, zone text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN named = 'calendar-month' THEN extract(epoch FROM
      ((date_trunc('month', moment AT TIME ZONE zone) + interval '1 month') AT TIME ZONE zone)
      - (date_trunc('month', moment AT TIME ZONE zone) AT TIME ZONE zone))
    WHEN named ~ '^[1-9][0-9]{0,2}d$' THEN CAST(rtrim(named, 'd') AS numeric) * 86400
  END
$$;
