"""The rates as a page."""

from collections.abc import Sequence

from benchmarks.calibration.cases import (
    AT_LEAST,
    AT_MOST,
    CONTINUA,
    EXACT,
    LEVELS,
    MORPHED,
    SELECTION,
    SHOWN,
    TEST,
    Rate,
)

HEAD = ("test or interval", "simulated", "claims", "found", "bounds", "simulations", "holds")
MUST = {EXACT: "{}", AT_MOST: "at most {}", AT_LEAST: "at least {}", SHOWN: "({})"}


def _short(number: float, digits: int = 3) -> str:
    return f"{number:.{digits}f}".replace("0.", ".", 1)


def row(rate: Rate) -> str:
    """Lay one rate out as a row."""
    case = rate.case
    claim = MUST[case.must].format(_short(case.claim, 2))
    verdict = "-" if case.must == SHOWN else "yes" if rate.holds else "NO"
    bounds = " to ".join(map(_short, rate.bounds))
    cells = (case.about, case.world, claim, _short(rate.found), bounds, f"{rate.n:,}", verdict)
    return f"| {' | '.join(cells)} |"


def page(rates: Sequence[Rate]) -> str:
    """Lay all rates out as docs/calibration.md."""
    lines = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}", *map(row, rates)]
    return TEXT.replace("{table}", "\n".join(lines))


TEXT = f"""# Calibration

How often the tests in the tables reject what is true, and how often their intervals hold it, by
simulation at the sizes of the default ({SELECTION} identities that select, {TEST} that test,
{CONTINUA} continua of {MORPHED} identities at {LEVELS} levels), through the functions that make the
tables. `make calibration` makes this page; a short form runs with the tests.

A test *claims* that it rejects in 5 % of experiments where nothing is there, or in no more; an
interval, that it holds the truth in 95 %, or in no less. *Bounds* are where a rate lies in 99.9 %
of runs if the claim is true. Where the claim stands in brackets nothing is checked: that is what
was at fault, or a use that the procedure is not for. Where it is lower than .95, the 95 %
interval is known to hold no more.

{{table}}

- **Unequal variances.** Permuting labels within identity asks whether expressions have the same
  distribution. Where one is merely more variable, the count of selective units rejects
  (`p_count`) more often than where none is; the changed signs (`p_signs`) do not.
- **Shares of selective units.** The intervals are of two thirds of the identities, drawn without
  replacement: see [methods](methods.md#share-of-selective-units).
- **Preferred expressions.** The chi-square test takes units for independent. Units of a layer are
  not, so that only its statistic compares layers.
- **Draws of units.** Intervals of populations, of ablation and of gain are of one draw of units
  asked about one sample of identities. Of the mean over draws, which the tables give, they are
  too wide.
- **Controls.** With twelve identities `tuning_r` is lower than with all, for chance is in the
  mean responses: its interval is of the value that so many identities give.
- **Likeness.** Intervals fall somewhat short at an accuracy of .70, and hold the truth in hardly
  more than half of experiments where a network is right in 95 %: few errors are left to
  correlate. At equal accuracy, correlations are corrected for attenuation; without that the
  intervals of differences held the truth in as few as .52 of experiments.
- **Choice model.** Half an answer is added to every cell. With few errors that makes the p of the
  fit too large, and draws similarities and biases together, so that their intervals fall somewhat
  short. It lowered accuracy without bias too, whose intervals held the truth in .84 of
  experiments; that is now corrected.
- **Slopes.** Few faces turn at few levels, and a curve of twelve is steeper here and flatter there
  than that of all: intervals of slopes hold the truth less often than they say, those of
  quadratics in two thirds of experiments. Those of boundaries do what they claim for logistics,
  on which all else rests, and fall somewhat short for the others.
- **A logistic against a line** is decided by AICc and by the error on identities left out. R² is
  shown, and would call the logistic better than a line that is the truth.
- **One network for a training.** Two networks are compared over the identities shown: the p is of
  these two. Read as if of their trainings it rejects far too often once networks of one training
  differ among themselves, which is why verdicts say *this network*.
- **Training check.** Two copies of a class in a resample were counted as more pairs of it than
  they are, so that intervals of the area under the curve held the truth in .995 of experiments;
  that is now corrected.
- **Discrimination** across the category boundary has no p, because none was calibrated: see
  [methods](methods.md#discrimination).

Not here: intervals of accuracy where training identities are redrawn too (see
[methods](methods.md#resampled-accuracy)), and of networks beside observers of the same images,
whose numbers stand [there](methods.md#error-consistency).
"""
