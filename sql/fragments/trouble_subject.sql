-- What is in trouble, with the project or the practice that it is split by.
-- expects: in_trouble (see exception_place); param by text
-- gives:   subject, the rows of in_trouble and place text (null: the figure is not split by either)
-- source:  fragments exception_place, trouble_part
subject AS (
-- include: exception_place
  SELECT
    x.*,
    CASE CAST(:by AS text)
      WHEN '' THEN NULL
-- include: trouble_part
    END AS place
  FROM in_trouble x
)
