-- A run is asked for its retries when it is seen after them (lists that give the newest first); few runs are retries.
CREATE INDEX run_retry_of ON raw.run (customer_id, system_id, retry_of) WHERE retry_of IS NOT NULL;
