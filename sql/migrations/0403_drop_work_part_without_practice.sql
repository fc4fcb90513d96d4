-- Every question names the practice of work with its project and account, so nothing asks for its part without one.
DROP FUNCTION kpi.work_part(text, int, text, text);
