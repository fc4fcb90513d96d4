-- The interval of a share is reckoned in one place, metrics.proportions, from its two counts.
DROP FUNCTION kpi.wilson_low(double precision, double precision, double precision);
DROP FUNCTION kpi.wilson_high(double precision, double precision, double precision);
