-- What the estate file said of the review's schedule when it was applied last; what a person changed since stands until a file says something else.
ALTER TABLE ops.customer ADD COLUMN review_in_file jsonb;
UPDATE ops.customer SET review_in_file = review;
