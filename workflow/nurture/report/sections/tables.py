"""Every table of the run, to be read and to be downloaded."""

from nurture.report.page import Section, render
from nurture.report.parts import table
from nurture.report.run import Run


def tables(run: Run) -> Section | None:
    """Lay out all tables; figures link to them as their text alternative."""
    if not run.tables:
        return None
    shown = [table(run, name) for name in run.tables]
    return Section("tables", "All tables", render("tables", tables=shown))
