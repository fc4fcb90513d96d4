-- Names of firms are equal but for case, accents, punctuation and legal form, as they are matched.
CREATE FUNCTION kpi.plain_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT regexp_replace(trim(regexp_replace(replace(replace(
    regexp_replace(lower(normalize(name, NFKD)), '[\u0300-\u036f''’.]', '', 'g'), 'ß', 'ss'), '&', ' and '), '(\W|_)+', ' ', 'g')),
    '( (ltd|limited|inc|incorporated|llc|llp|lp|plc|corp|corporation|co|company|gmbh|mbh|ag|kg|ohg|ug|se|sa|sas|sarl|bv|nv|oy|oyj|ab|as|asa|aps|spa|srl|sl|pty|pvt|kk))+$', '')
$$;
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
      ELSE true
    END
$$;
