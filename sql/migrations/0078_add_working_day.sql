-- The same local time on the next working day, Monday to Friday.
CREATE FUNCTION kpi.next_working_day(at timestamptz, zone text) RETURNS timestamptz LANGUAGE sql STABLE
RETURN (at AT TIME ZONE zone + make_interval(days => CASE extract(isodow FROM at AT TIME ZONE zone) WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END))
  AT TIME ZONE zone;
