"""What an outside recogniser of expressions makes of the rendered faces."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from nurture.figures.confusion import draw_matrix, label_matrix, percent_correct
from nurture.figures.style import new_figure, styled


@styled
def draw(validity: pd.DataFrame, *, style: Mapping) -> Figure:
    """Draw the confusion matrix of the outside judge on the selection set in colour.

    Parameters
    ----------
    validity : pandas.DataFrame
        shown, answered, proportion (of shown), n (faces shown).
    style : mapping
        ``style.complete("validity")``.

    Returns
    -------
    matplotlib.figure.Figure
        Rows are the expressions rendered, columns those that the judge saw.
    """
    faces = int(validity.groupby("shown")["n"].first().sum())
    figure = new_figure(
        style,
        style["height_mm"],
        "Do the rendered faces show what they should?",
        f"Answers of the recogniser in the package fer, trained on people's labels of photographs, "
        f"to {faces:,} rendered faces (selection set, colour). Percentages of each row; chance "
        "1/6. It also helped to choose the recipes, on other faces.",
    )
    axes = figure.subplots()
    draw_matrix(axes, validity, style)
    label_matrix(axes)
    axes.set_xlabel("answered by the recogniser")
    axes.set_ylabel("rendered")
    axes.set_title(f"{percent_correct(validity)} as intended (chance 17 %)")
    return figure
