-- Which practice of the firm (a business unit or service line) a project, a deal and a person belong to, as their system tells it; null: nobody tells.
ALTER TABLE biz.project ADD COLUMN practice text;
ALTER TABLE biz.opportunity ADD COLUMN practice text;
ALTER TABLE biz.resource ADD COLUMN practice text;
