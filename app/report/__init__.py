"""The review pack: a statement as PDF, workbook, slides and page, in the partner's look."""
