-- Codes that bills need: of the work, and of the customer's tax.
ALTER TABLE biz.time_entry ADD COLUMN billing_code text;
ALTER TABLE biz.task ADD COLUMN billing_code text;
ALTER TABLE biz.account ADD COLUMN tax_code text;
CREATE INDEX time_entry_coded ON biz.time_entry (customer_id, system_id) WHERE billing_code IS NOT NULL;
