"""Sections that are figures and tables of the run with a few words: add a row to add one.

A measure whose figures and tables are not in the configuration leaves no trace on the page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nurture.report.page import Section, render
from nurture.report.parts import figures, spell
from nurture.report.run import Run


@dataclass(frozen=True)
class Measure:
    """A section made of figures and tables."""

    name: str
    title: str
    """Anchor and heading."""
    text: str
    """One paragraph that says what is asked and how to read the answer."""
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    """Names, as in ``results/figures`` and ``results/tables``; those that the run did not make are
    left out. Tables behind a figure need not be named."""


UNITS = Measure(
    "units",
    "Selective units, by depth",
    "A unit is selective for expression when its response depends on which expression is shown "
    "and does not depend on whose face it is. How many such units has each layer, from the input "
    "to the output, and how many would there be by chance?",
    figures=("selective_units",),
)
TUNING = Measure(
    "tuning",
    "Tuning",
    "A tuning curve is the mean response of a unit to each expression. The expression with the "
    "largest response is the one that the unit prefers. Does it prefer it in other faces, too?",
    figures=("tuning",),
)
MEASURES = (
    Measure(
        "populations",
        "Are the selective units special?",
        "Do selective units carry more information about expression than populations of the same "
        "size from their layer, and is anything lost without them, or gained when they respond "
        "more?",
        figures=("populations", "gain"),
        tables=("populations", "ablation", "gain"),
    ),
    Measure(
        "controls",
        "Altered faces",
        "The same units are shown faces turned upside down, as a negative, and in pieces. A unit "
        "that responds to the face, and not to its light and dark, should lose its tuning.",
        figures=("controls",),
    ),
    Measure(
        "observers",
        "The same faces to observers",
        "Observers were shown the very images that the networks were shown. Do networks and "
        "observers err on the same images, with errors of the same kinds? Do they divide the same "
        "morphs in the same places, and discriminate the same pairs?",
        figures=("error_consistency", "observer_curves", "observer_discrimination"),
    ),
    Measure(
        "experience",
        "What experience changes",
        "Does training change the measure, beyond what the untrained control of the same "
        "architecture already shows? Every verdict in the table is made from its numbers by rule: "
        "more or less than the reference where p, corrected by Holm's method for all comparisons "
        "of the measure, is below .05; otherwise not distinguishable, which does not say alike.",
        figures=("experience",),
        tables=("experience",),
    ),
    Measure(
        "diets",
        "Training diets",
        "Networks of one architecture that differ in what they were reared on alone: what depends "
        "on it? The first figure shows what they learned to distinguish, the second what they do "
        "at the end of rearing, and a third its course, where networks were stored on the way. "
        "The first table compares every two diets, and its verdicts are made as "
        "those above, corrected for all pairs and layers of the measure.",
        figures=("training_check", "diets", "training_time"),
        tables=("diets_compared", "diets", "training_check", "learning_curves"),
    ),
)
"""Measures in the order of the page."""


def measure_section(measure: Measure) -> Callable[[Run], Section | None]:
    """Make the function that makes a measure's section."""

    def section(run: Run) -> Section | None:
        shown = figures(run, measure.figures)
        behind = {name for figure in shown for name, _ in figure.tables}
        extra = [name for name in measure.tables if name in run.tables and name not in behind]
        if not shown and not extra:
            return None
        links = [(name, spell(name)) for name in extra]
        body = render("measure", text=measure.text, figures=shown, tables=links)
        return Section(measure.name, measure.title, body)

    return section


def others(run: Run, made: Iterable[Section]) -> list[Section]:
    """Make a section of those figures of a run that no section shows yet, if there are any."""
    shown = "".join(section.body for section in made)
    left = [name for name in run.figures if f'id="figure-{name}"' not in shown]
    if not left:
        return []
    body = render("measure", text="", figures=figures(run, left), tables=[])
    return [Section("more", "More results", body)]
