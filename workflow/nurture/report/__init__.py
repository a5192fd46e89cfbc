"""The report: one page that opens from disk and shows what a run found."""
