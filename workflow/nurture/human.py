"""People's answers: confusion matrices, identification curves, and how alike two matrices are."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.stats import rankdata

from nurture.errors import NurtureError
from nurture.expressions import EXPRESSIONS, NEUTRAL
from nurture.matrices import proportions


def read_sources(folder: str | Path) -> dict:
    """Read ``sources.yaml``: what each file of human data is, and where it comes from.

    Returns
    -------
    dict
        ``confusion``: by short name, ``file``, ``people`` (None where not known) and more;
        ``identification``: ``file`` and more.

    Raises
    ------
    NurtureError
        When the file is missing, not YAML, or lacks one of these.
    """
    path = Path(folder) / "sources.yaml"
    try:
        sources = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NurtureError(
            f"{path}: no such file; restore it or set the folder of human data in the configuration"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NurtureError(f"{path}: not readable as YAML; mend it") from error
    try:
        complete = "file" in sources["identification"] and all(
            {"file", "people"} <= set(entry) for entry in sources["confusion"].values()
        )
    except (KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise NurtureError(
            f"{path}: needs `confusion`, with `file` and `people` of each set, and "
            "`identification` with its `file`; see config/human/README.md"
        )
    return sources


def read_confusion(path: str | Path) -> np.ndarray:
    """Read one human confusion matrix.

    Parameters
    ----------
    path : str or Path
        CSV of counts or proportions: first column the expression shown, header the expression
        answered, in any order. ``neutral`` may be among both and is dropped.

    Returns
    -------
    numpy.ndarray, shape (6, 6)
        Proportions of each expression shown (rows sum to 1), in the order of ``EXPRESSIONS``.

    Raises
    ------
    NurtureError
        When the file is missing, an expression is missing or unknown, or an entry is not a
        number >= 0, or a row has no answers.
    """
    table = _read(path)
    for names, kind in ((table.index, "row"), (table.columns, "column")):
        wrong = [
            *(f"no {kind} {e}" for e in EXPRESSIONS if e not in names),
            *(f"an unknown {kind} {n}" for n in names if n not in (*EXPRESSIONS, NEUTRAL)),
            *(f"two of {kind} {n}" for n in names[names.duplicated()]),
        ]
        if wrong:
            raise NurtureError(f"{path}: has {wrong[0]}; name it as in {', '.join(EXPRESSIONS)}")
    table = table.loc[list(EXPRESSIONS), list(EXPRESSIONS)].apply(pd.to_numeric, errors="coerce")
    values = table.to_numpy(float)
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        shown, answered = np.argwhere(bad)[0]
        raise NurtureError(
            f"{path}: row {EXPRESSIONS[shown]}, column {EXPRESSIONS[answered]} is not a number "
            ">= 0; correct it"
        )
    if not values.sum(axis=1).all():
        empty = EXPRESSIONS[int(np.argmin(values.sum(axis=1)))]
        raise NurtureError(f"{path}: row {empty} has no answers; correct it")
    return proportions(values)


def _read(path: str | Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, index_col=0)
    except FileNotFoundError:
        raise NurtureError(
            f"{path}: no such file; correct its name in sources.yaml beside it"
        ) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise NurtureError(f"{path}: not a readable table; see config/human/README.md") from error


def read_humans(folder: str | Path, names=None) -> dict[str, np.ndarray]:
    """Read human confusion matrices by short name.

    Parameters
    ----------
    folder : str or Path
        Holds ``sources.yaml`` and the files it names.
    names : sequence of str, optional
        Which to read, in this order; all when left out.

    Returns
    -------
    dict of str to numpy.ndarray, shape (6, 6)
        See `read_confusion`.
    """
    known = read_sources(folder)["confusion"]
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise NurtureError(
            f"human data {unknown[0]!r}: not in {folder}/sources.yaml; known: {', '.join(known)}"
        )
    chosen = known if names is None else names
    return {name: read_confusion(Path(folder) / known[name]["file"]) for name in chosen}


def read_identification(folder: str | Path) -> pd.DataFrame:
    """Read people's identification curves along the continuum anger-fear.

    Returns
    -------
    pandas.DataFrame
        ``level`` (share of fear, rising), ``group``, ``share_second`` (share answering fear).
        The morphs were made from fear to anger and judged "angry" in percent; both are turned
        round here.

    Raises
    ------
    NurtureError
        When the file is missing or an entry is not a percentage.
    """
    path = Path(folder) / read_sources(folder)["identification"]["file"]
    table = _read(path).apply(pd.to_numeric, errors="coerce")
    level = 1 - pd.to_numeric(table.index, errors="coerce").to_numpy(float) / 100
    values = 1 - table.to_numpy(float) / 100
    if not all(((x >= 0) & (x <= 1)).all() for x in (level, values)):
        raise NurtureError(f"{path}: an entry is not a percentage from 0 to 100; correct it")
    order = np.argsort(level)
    return pd.DataFrame(
        {
            "level": np.tile(np.round(level[order], 6), table.shape[1]),
            "group": np.repeat(table.columns.to_numpy(), len(table)),
            "share_second": np.round(values[order], 6).T.ravel(),
        }
    )


def similarity(matrix: np.ndarray, human: np.ndarray) -> tuple[float, float]:
    """Tell how alike two confusion matrices are in their confusions.

    Parameters
    ----------
    matrix, human : numpy.ndarray, shape (6, 6)
        Proportions, in the order of ``EXPRESSIONS``.

    Returns
    -------
    pearson, spearman : float
        Correlations over the 30 cells off the diagonal: correct answers, which are most of any
        matrix, would make all matrices alike. NaN when a matrix has no variance there or an
        expression was never shown.
    """
    off = ~np.eye(len(EXPRESSIONS), dtype=bool)
    first, second = matrix[off], human[off]
    return _correlation(first, second), _correlation(rankdata(first), rankdata(second))


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if not np.isfinite(first).all() or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
