"""Every table of the run, to be read and to be downloaded."""

from nurture.report.page import Section, render
from nurture.report.parts import spell
from nurture.report.run import Run


def tables(run: Run) -> Section | None:
    """Lay out all tables; figures link to them as their text alternative."""
    if not run.tables:
        return None
    shown = [(name, spell(name), len(rows)) for name, rows in run.tables.items()]
    return Section("tables", "All tables", render("tables", tables=shown))
