-- The days on which people should have worked, and whether anything was entered for them.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer; employed, working_day, on_leave, leave_read (fragment
--          capacity); parameters customer_ids, since, until
-- gives:   expected_day, one row per person with contract hours and day that is theirs to work, whole days of approved leave left out; a
--          person known to two systems that hold time counts once: outcome:
--            entered       there is a time entry for the day, billable or not
--            missing       there is none a week after the day
--            pending       there is none, and the week is not over
--            unknown       there is none, and nobody tells of leave, or which days a part-timer works
-- source:  [ours] metrics.md C9: expected person-days without entry
one_person AS MATERIALIZED (
  SELECT DISTINCT ON (e.customer_id, coalesce(e.employee_no, e.system_id || ' ' || e.person_id)) e.*
  FROM employed e
  WHERE e.weekly > 0 AND NOT e.is_gone
  ORDER BY e.customer_id, coalesce(e.employee_no, e.system_id || ' ' || e.person_id), e.system_id, e.person_id
),
entered_day AS MATERIALIZED (
  SELECT DISTINCT p.customer_id, p.system_id, p.person_id, t.worked_on AS day
  FROM same_person p
  JOIN look k ON k.customer_id = p.customer_id
  JOIN biz.time_entry t ON t.customer_id = p.customer_id AND t.system_id = p.other_system_id AND t.resource_ref = p.other_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(t.entered_at < k.at, true) AND coalesce(t.deleted_at >= k.at, true)
    AND t.worked_on >= CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date) AND t.minutes > 0
),
expected_day AS MATERIALIZED (
  SELECT
    e.customer_id, e.system_id, e.person_id, d.day,
    CASE
      WHEN t.day IS NOT NULL THEN 'entered'
      WHEN r.customer_id IS NULL OR e.working_days IS NULL AND e.weekly < 35 THEN 'unknown'
      WHEN CAST(d.day + 8 AS timestamp) AT TIME ZONE k.time_zone > k.at THEN 'pending'
      ELSE 'missing'
    END AS outcome
  FROM one_person e
  JOIN look k ON k.customer_id = e.customer_id
  JOIN working_day d ON d.customer_id = e.customer_id AND coalesce(d.day >= e.starts_on, true) AND coalesce(d.day <= e.ends_on, true)
    AND position(CAST(extract(isodow FROM d.day) AS text) IN coalesce(e.working_days, '12345')) > 0
  LEFT JOIN leave_read r ON r.customer_id = e.customer_id
  LEFT JOIN entered_day t ON t.customer_id = e.customer_id AND t.system_id = e.system_id AND t.person_id = e.person_id AND t.day = d.day
  LEFT JOIN on_leave l ON l.customer_id = e.customer_id AND l.system_id = e.system_id AND l.person_id = e.person_id AND l.day = d.day
  WHERE t.day IS NOT NULL OR l.day IS NULL OR l.hours < e.weekly / 5
)
