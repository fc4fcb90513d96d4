-- What an hour of the partner's people costs the partner: its own business, apart from what its customers' readers may see of it.
CREATE TABLE ops.hourly_cost (
  partner_id  int PRIMARY KEY REFERENCES ops.partner,
  rates       jsonb                                 -- [{"amount": "65", "currency": "GBP", "valid_from": "2026-01-01"}]; null: not told
);
