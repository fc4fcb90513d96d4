-- What people could have worked in a period, and what they worked that can be billed.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          parameters customer_ids, since, until
-- gives:   person, one row per person of a system that holds time: practice (null: nobody tells), capacity hours (contract hours of the working days of the period that
--          have begun, public holidays left out; null: not known), leave_hours (of these, on approved leave), billable (approved),
--          unapproved hours, is_unknown; employed (people, weekly hours, working_days, starts_on, ends_on, is_gone), working_day,
--          on_leave (one row per person and working day: hours; null: all of it), leave_read (customers whose leave somebody tells)
-- source:  [ours] metrics.md C14: capacity gross of leave. Part time by contract, joiners and leavers by the day; a person known to two
--          systems by one employee number takes from the other what is missing
worked AS MATERIALIZED (
  SELECT
    t.customer_id, t.system_id, t.resource_ref, w.hours, w.approved_at < k.at AS is_approved,
    w.is_approval_unknown AND w.approved_at >= k.at AS is_unknown
  FROM look k
  JOIN kpi.work w ON w.customer_id = k.customer_id AND w.item_type = 'time_entry' AND w.opens_at < k.at
  JOIN biz.time_entry t ON t.customer_id = w.customer_id AND t.system_id = w.system_id AND t.source_id = w.item_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND (w.leaves_at >= k.at OR w.left_how = 'written_off')
    AND w.worked_on >= CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date)
    AND CAST(w.worked_on AS timestamp) AT TIME ZONE k.time_zone < CAST(:until AS timestamptz)
),
holiday AS MATERIALIZED (  -- of the customer's first calendar
  SELECT h.customer_id, h.held_on
  FROM (
    SELECT c.customer_id, min(c.calendar_id) AS calendar_id
    FROM ops.calendar c
    WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
    GROUP BY c.customer_id
  ) c
  JOIN ops.calendar_holiday h ON h.customer_id = c.customer_id AND h.calendar_id = c.calendar_id
),
working_day AS MATERIALIZED (
  SELECT k.customer_id, CAST(d.day AS date) AS day
  FROM look k
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE k.time_zone),
    (least(CAST(:until AS timestamptz), k.at) - interval '1 microsecond') AT TIME ZONE k.time_zone, interval '1 day') d (day)
  WHERE extract(isodow FROM d.day) < 6
    AND (k.customer_id, CAST(d.day AS date)) NOT IN (SELECT h.customer_id, h.held_on FROM holiday h)
),
employed AS MATERIALIZED (
  SELECT
    r.customer_id, r.system_id, r.source_id AS person_id, coalesce(r.capacity_hours, o.capacity_hours) AS weekly,
    coalesce(r.starts_on, o.starts_on) AS starts_on, coalesce(r.ends_on, o.ends_on) AS ends_on,
    coalesce(r.working_days, o.working_days) AS working_days, coalesce(nullif(trim(r.practice), ''), o.practice) AS practice, upper(trim(r.employee_no)) AS employee_no,
    r.is_active IS FALSE AND coalesce(r.ends_on, o.ends_on) IS NULL AS is_gone
  FROM biz.resource r
  LEFT JOIN LATERAL (
    SELECT max(o.capacity_hours) AS capacity_hours, min(o.starts_on) AS starts_on, max(o.ends_on) AS ends_on,
      min(o.working_days) AS working_days, min(nullif(trim(o.practice), '')) AS practice
    FROM biz.resource o
    WHERE o.customer_id = r.customer_id AND o.system_id <> r.system_id AND upper(trim(o.employee_no)) = upper(trim(r.employee_no))
      AND o.deleted_at IS NULL
  ) o ON true
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.deleted_at IS NULL
    AND EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = r.customer_id AND t.system_id = r.system_id)
),
same_person AS MATERIALIZED (  -- whom other systems know by the same employee number
  SELECT e.customer_id, e.system_id, e.person_id, e.system_id AS other_system_id, e.person_id AS other_id
  FROM employed e
  UNION
  SELECT e.customer_id, e.system_id, e.person_id, o.system_id, o.source_id
  FROM employed e
  JOIN biz.resource o ON o.customer_id = e.customer_id AND o.system_id <> e.system_id AND upper(trim(o.employee_no)) = e.employee_no
    AND o.deleted_at IS NULL
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
),
leave_read AS MATERIALIZED (
  SELECT l.customer_id FROM biz.leave l WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT s.customer_id FROM kpi.stream_read s WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.object = 'leave'
),
on_leave AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.person_id, d.day, CASE WHEN bool_or(l.hours IS NULL) THEN NULL ELSE sum(l.hours) END AS hours
  FROM same_person p
  JOIN look k ON k.customer_id = p.customer_id
  JOIN biz.leave l ON l.customer_id = p.customer_id AND l.system_id = p.other_system_id AND l.resource_ref = p.other_id AND l.state = 'approved'
    AND coalesce(l.deleted_at >= k.at, true)
  JOIN working_day d ON d.customer_id = p.customer_id AND d.day BETWEEN l.starts_on AND l.ends_on
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY p.customer_id, p.system_id, p.person_id, d.day
),
person AS MATERIALIZED (
  SELECT p.*, p.weekly IS NULL OR p.is_gone OR p.unread > 0 AS is_unknown
  FROM (
    SELECT
      coalesce(e.customer_id, h.customer_id) AS customer_id, coalesce(e.system_id, h.system_id) AS system_id,
      coalesce(e.person_id, h.resource_ref, '(nobody)') AS person_id, e.weekly, e.practice, coalesce(e.is_gone, false) AS is_gone,
      round(e.weekly / 5 * d.days, 2) AS capacity, coalesce(h.billable, 0) AS billable, coalesce(h.unapproved, 0) AS unapproved, coalesce(h.unread, 0) AS unread,
      d.days AS days_employed, round(coalesce(d.leave_hours, 0), 2) AS leave_hours
    FROM employed e
    FULL JOIN (
      SELECT
        w.customer_id, w.system_id, w.resource_ref, coalesce(sum(w.hours) FILTER (WHERE w.is_approved), 0) AS billable,
        coalesce(sum(w.hours) FILTER (WHERE NOT w.is_approved AND NOT w.is_unknown), 0) AS unapproved, count(*) FILTER (WHERE w.is_unknown) AS unread
      FROM worked w
      GROUP BY w.customer_id, w.system_id, w.resource_ref
    ) h ON h.customer_id = e.customer_id AND h.system_id = e.system_id AND h.resource_ref = e.person_id
    LEFT JOIN LATERAL (
      SELECT count(*) AS days, sum(least(coalesce(l.hours, e.weekly / 5), e.weekly / 5)) FILTER (WHERE l.day IS NOT NULL) AS leave_hours
      FROM working_day d
      LEFT JOIN on_leave l ON l.customer_id = d.customer_id AND l.system_id = e.system_id AND l.person_id = e.person_id AND l.day = d.day
      WHERE d.customer_id = e.customer_id AND coalesce(d.day >= e.starts_on, true) AND coalesce(d.day <= e.ends_on, true)
    ) d ON true
  ) p
  -- who was not there in the period and worked nothing is nobody's capacity
  WHERE p.billable + p.unapproved + p.unread > 0 OR p.days_employed > 0 AND NOT p.is_gone
)
