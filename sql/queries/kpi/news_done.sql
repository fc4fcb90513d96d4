-- Notes what a task has worked through of one customer's news.
-- grain:   one row
-- params:  customer_id int; task text; poll_floor bigint; done text[]
-- columns: none
-- source:  kpi/news
INSERT INTO kpi.worked_through (customer_id, task, poll_floor, done)
VALUES (CAST(:customer_id AS int), CAST(:task AS text), CAST(:poll_floor AS bigint), CAST(:done AS text[]))
ON CONFLICT (customer_id, task) DO UPDATE SET poll_floor = excluded.poll_floor, done = excluded.done
