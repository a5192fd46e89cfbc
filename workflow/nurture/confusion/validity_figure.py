"""What an outside recogniser of expressions makes of the faces."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from nurture.confusion.confusion_figure import draw_matrix, label_matrix, percent_correct
from nurture.core.style import new_figure, styled

FIGURE = {
    "category": "Stimuli",
    "place": 1,
    "tables": ["validity"],
    "asks": {"rendered": "stimuli.selects_on_rendered"},
    "needs": ["select_on", "judge"],
    "caption": "Do the faces show what they should? An expression recogniser that was trained on "
    "photographs answers the faces of the selection set. Rows are the expression that was meant, "
    "columns its answer, numbers are percent of answers. It helped to choose how rendered faces "
    "are made, so of these it is a check and not a result.",
}
STYLE = {"width_mm": 85, "height_mm": 82}


@styled(STYLE)
def draw(validity: pd.DataFrame, rendered: bool = True, *, style: Mapping) -> Figure:
    """Draw the confusion matrix of the outside judge on the selection set in colour.

    Rows are the expressions meant, columns those that the judge saw.

    Parameters
    ----------
    validity : pandas.DataFrame
        shown, answered, proportion (of shown), n (faces shown).
    rendered : bool
        Whether the faces are rendered; else they are photographs.
    """
    n = int(validity.groupby("shown")["n"].first().sum())
    faces = "rendered faces" if rendered else "photographs"
    helped = " It also helped to choose the recipes, on other faces." if rendered else ""
    figure = new_figure(
        style,
        style["height_mm"],
        f"Do the {faces} show what they should?",
        "Answers of the recogniser in the package fer, trained on observers' labels of photographs,"
        f" to {n:,} {faces} (selection set, colour). Percentages of each row.{helped}",
    )
    axes = figure.subplots()
    draw_matrix(axes, validity, style)
    label_matrix(axes)
    axes.set_xlabel("answered by the recogniser")
    axes.set_ylabel("rendered" if rendered else "labelled")
    meant = "intended" if rendered else "labelled"
    axes.set_title(f"{percent_correct(validity)} as {meant} (chance 17 %)")
    return figure
