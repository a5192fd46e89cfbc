"""Which sections the page has, in their order."""

from nurture.report.page import assemble, build
from nurture.report.parts import files
from nurture.report.run import Run
from nurture.report.sections.confusion import confusion
from nurture.report.sections.explorer import explorer
from nurture.report.sections.identification import identification
from nurture.report.sections.measures import MEASURES, TUNING, UNITS, measure_section, others
from nurture.report.sections.methods import methods
from nurture.report.sections.networks import networks
from nurture.report.sections.provenance import provenance
from nurture.report.sections.published import published
from nurture.report.sections.question import question
from nurture.report.sections.replication import replication
from nurture.report.sections.stimuli import stimuli
from nurture.report.sections.tables import tables

TITLE = "How networks see facial expressions"
RESULTS = (
    *(question, stimuli, networks),
    *(measure_section(UNITS), measure_section(TUNING), explorer),
    *(confusion, identification),
    *(measure_section(measure) for measure in MEASURES),
    *(replication, published),
)
BACKGROUND = (methods, provenance, tables)


def report(run: Run) -> str:
    """Make the page: one HTML file that needs nothing else. The same run gives the same bytes."""
    results = assemble(RESULTS, run)
    sections = [*results, *others(run, results), *assemble(BACKGROUND, run)]
    return build(sections, TITLE, files(run))
