-- Lists the targets that are linked to listed records.
-- grain:   one row of pg_temp.wanted per target of a pair that is not read as a whole
-- params:  none
-- columns: rows written
-- source:  pg_temp.link
INSERT INTO pg_temp.wanted (flow_id, is_target, id)
SELECT DISTINCT l.flow_id, true, l.target_id
FROM pg_temp.link l
JOIN pg_temp.pair p ON p.flow_id = l.flow_id AND NOT p.is_whole
ON CONFLICT DO NOTHING
