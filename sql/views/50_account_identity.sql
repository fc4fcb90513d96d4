-- Accounts with what tells them apart: code, tax id, domain and name, each written one way.
-- grain:   one row per account that is neither deleted nor merged into another
-- columns: customer_id, system_id int; source_id text; code, tax_id, domain, name text (null: nothing that identifies); name is lower
--          case without accents, punctuation and legal form: "ALDER-Logistics, Ltd." is "alder logistics"
-- source:  sources.md B6, join keys: code, tax id, domain, normalised name, in this order of trust
CREATE VIEW kpi.account_identity WITH (security_invoker = true) AS
SELECT
  a.customer_id, a.system_id, a.source_id,
  nullif(upper(trim(a.code)), '') AS code,
  nullif(upper(regexp_replace(a.tax_id, '[^0-9A-Za-z]', '', 'g')), '') AS tax_id,
  -- an address at a public mail service says nothing about a firm
  CASE WHEN lower(a.domain) !~ '^(gmail|googlemail|outlook|hotmail|live|yahoo|gmx|web|icloud|aol|proton|protonmail)\.' THEN
    nullif(regexp_replace(lower(trim(a.domain)), '^www\.', ''), '') END AS domain,
  nullif(regexp_replace(n.words,
    '( (ltd|limited|inc|incorporated|llc|llp|lp|plc|corp|corporation|co|company|gmbh|mbh|ag|kg|ohg|ug|se|sa|sas|sarl|bv|nv|oy|oyj|ab|as|asa|aps|spa|srl|sl|pty|pvt|kk))+$',
    ''), '') AS name
FROM biz.account a
CROSS JOIN LATERAL (
  SELECT trim(regexp_replace(replace(replace(
    regexp_replace(lower(normalize(a.name, NFKD)), '[\u0300-\u036f''’.]', '', 'g'),
    'ß', 'ss'), '&', ' and '), '(\W|_)+', ' ', 'g')) AS words
) n
WHERE a.deleted_at IS NULL AND a.merged_into_ref IS NULL;
