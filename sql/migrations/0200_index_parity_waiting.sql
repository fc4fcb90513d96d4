-- What waits is a handful among very many records: its moments are found without them.
CREATE INDEX parity_waiting ON kpi.parity (customer_id, flow_id, range_no) WHERE cell = 'waiting';
