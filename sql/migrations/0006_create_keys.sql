-- Foreign keys come after distribution: Citus refuses them from a still-local table.
ALTER TABLE ops.calendar ADD CONSTRAINT calendar_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.calendar_holiday ADD CONSTRAINT calendar_holiday_calendar_fk FOREIGN KEY (customer_id, calendar_id) REFERENCES ops.calendar (customer_id, calendar_id) ON DELETE CASCADE;
ALTER TABLE ops.calendar_window ADD CONSTRAINT calendar_window_calendar_fk FOREIGN KEY (customer_id, calendar_id) REFERENCES ops.calendar (customer_id, calendar_id) ON DELETE CASCADE;
ALTER TABLE ops.system ADD CONSTRAINT system_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.flow ADD CONSTRAINT flow_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.flow ADD CONSTRAINT flow_runs_system_fk FOREIGN KEY (customer_id, runs_system_id) REFERENCES ops.system (customer_id, system_id);
ALTER TABLE ops.flow_promise ADD CONSTRAINT flow_promise_flow_fk FOREIGN KEY (customer_id, flow_id) REFERENCES ops.flow (customer_id, flow_id) ON DELETE CASCADE;
ALTER TABLE ops.terms ADD CONSTRAINT terms_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.cursor ADD CONSTRAINT cursor_system_fk FOREIGN KEY (customer_id, system_id) REFERENCES ops.system (customer_id, system_id);
ALTER TABLE ops.poll ADD CONSTRAINT poll_system_fk FOREIGN KEY (customer_id, system_id) REFERENCES ops.system (customer_id, system_id);
ALTER TABLE ops.quarantine ADD CONSTRAINT quarantine_system_fk FOREIGN KEY (customer_id, system_id) REFERENCES ops.system (customer_id, system_id);
ALTER TABLE ops.exception_occurrence ADD CONSTRAINT exception_occurrence_exception_fk FOREIGN KEY (customer_id, exception_id) REFERENCES ops.exception (customer_id, exception_id);
ALTER TABLE ops.exception_event ADD CONSTRAINT exception_event_exception_fk FOREIGN KEY (customer_id, exception_id) REFERENCES ops.exception (customer_id, exception_id);
