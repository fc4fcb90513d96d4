-- How often each of these subjects failed since an instant.
-- grain:   one row per subject that failed
-- params:  subjects text[]; since timestamptz
-- columns: subject text; failures bigint
-- source:  sign-in
SELECT f.subject, count(*) AS failures
FROM ops.sign_in_failure f
WHERE f.subject = ANY (CAST(:subjects AS text[])) AND f.at > CAST(:since AS timestamptz)
GROUP BY f.subject
