"""What an outside judge sees in the stimuli."""

from collections.abc import Sequence

import pandas as pd

from nurture.confusion.matrices import cells, confusion_counts


def validity(shown: Sequence[str], answered: Sequence[str]) -> pd.DataFrame:
    """List the cells of an outside judge's confusion matrix of the stimuli.

    Returns
    -------
    pandas.DataFrame
        shown, answered, proportion, n.
    """
    return cells(confusion_counts(shown, answered))
