-- Where a partner's mail goes out and from which address; the password is a reference. Null: this partner sends none.
ALTER TABLE ops.partner ADD COLUMN mail jsonb;
