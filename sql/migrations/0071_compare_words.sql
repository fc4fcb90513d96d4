-- A status in words: the target says all that the source would, whatever stands beside it. A target without words says nothing, and differs.
CREATE OR REPLACE FUNCTION kpi.differing(source jsonb, target jsonb, fields jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_object_agg(d.name, jsonb_build_array(source -> d.name, target -> d.name))
  FROM (
    SELECT f ->> 'name' AS name, f ->> 'kind' AS kind, CAST(f ->> 'tolerance' AS numeric) AS tolerance
    FROM jsonb_array_elements(fields) e (f)
  ) d
  WHERE source -> d.name <> target -> d.name AND source ->> d.name IS NOT NULL AND target ->> d.name IS NOT NULL
    AND CASE d.kind
      WHEN 'amount' THEN coalesce(source ->> 'currency' = target ->> 'currency', true)
        AND abs(CAST(source ->> d.name AS numeric) - CAST(target ->> d.name AS numeric)) > d.tolerance
      WHEN 'text' THEN kpi.plain_name(source ->> d.name) <> kpi.plain_name(target ->> d.name)
      WHEN 'says' THEN NOT string_to_array(lower(source ->> d.name), ' ') <@ regexp_split_to_array(lower(target ->> d.name), '\s+')
      ELSE true
    END
$$;
