-- Closes a poll: how it ended and what the source said about itself.
-- grain:   one row
-- params:  customer_id int; poll_id bigint; outcome text; finished_at, window_to timestamptz; source_count bigint; truncated bool;
--          rate_limit, rate_limit_remaining int; clock_skew_seconds float8; warnings text (json); error_kind, error text
-- columns: none
-- source:  the harness
UPDATE ops.poll
SET outcome = CAST(:outcome AS text),
    finished_at = CAST(:finished_at AS timestamptz),
    window_to = CAST(:window_to AS timestamptz),
    source_count = CAST(:source_count AS bigint),
    truncated = CAST(:truncated AS boolean),
    rate_limit = CAST(:rate_limit AS int),
    rate_limit_remaining = CAST(:rate_limit_remaining AS int),
    clock_skew_seconds = CAST(:clock_skew_seconds AS double precision),
    warnings = CAST(:warnings AS jsonb),
    error_kind = CAST(:error_kind AS text),
    error = CAST(:error AS text)
WHERE customer_id = CAST(:customer_id AS int) AND poll_id = CAST(:poll_id AS bigint)
