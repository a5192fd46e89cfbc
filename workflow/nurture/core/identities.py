"""Whom stimuli show, under the names that users gave."""

import pandas as pd

from nurture.core.expressions import NOBODY, NONE
from nurture.core.names import person_key


def identity_names(labels: pd.DataFrame) -> pd.Series:
    """Name whom each stimulus shows: never two identities alike.

    From labels ``identity``; of photographs also ``person`` and ``numbering``, within which equal
    names are one person. The name of a photographed person, with its numbering where another has
    the same name; the number of a rendered identity; ``none`` where it is not known.
    """
    if "person" not in labels:
        return labels["identity"].astype(str).where(labels["identity"] != NOBODY, NONE)
    key = labels["person"].map(person_key)
    shared = labels.groupby(key)["numbering"].transform("nunique") > 1
    longer = labels["person"] + " (" + labels["numbering"] + ")"
    return labels["person"].where(~shared | (labels["person"] == NONE), longer)


def identities_shown(labels: pd.DataFrame) -> dict[tuple[str, object], str]:
    """Name everybody of whom it is known who they are, comparable between stimulus sets.

    The keys are numbering and what is the same for all spellings of a name.
    """
    known = labels[labels["identity"] != NOBODY]
    names = identity_names(known)
    if "person" in known:
        keys = list(zip(known["numbering"], known["person"].map(person_key), strict=True))
    else:
        keys = [("", number) for number in known["identity"]]
    return dict(zip(keys, names, strict=True))
