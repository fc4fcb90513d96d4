-- Open time is counted in bulk, by what lies open before each window; nothing asks for the seconds of one pair of instants, nor for the measure
-- of ranges, which tests work out by themselves.
DROP FUNCTION kpi.open_seconds(int, int, timestamptz, timestamptz, tstzmultirange);
DROP FUNCTION kpi.open_deadline(int, int, timestamptz, double precision, tstzmultirange);
DROP FUNCTION kpi.business_seconds(int, int, timestamptz, timestamptz);
