"""Categorical perception: identification curves along morph continua, and their fits."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from nurture.activations.units import check_units, responses_of
from nurture.categorical.curves import FITS, FLAT, PARAMETERS
from nurture.categorical.identification import NUMBERS, analyse_continua
from nurture.core.errors import NurtureError
from nurture.core.files import read_labels
from nurture.core.rows import about
from nurture.decoding.classifier import answer, stimulus_products, too_few, trainable
from nurture.decoding.places import is_large
from nurture.stimuli.morphs import Sequences, ends, sequences

UNANSWERED = -1
"""Code of a morph that does not exist or was not classified."""

DIMS = {
    **dict.fromkeys(("share_second", "lower", "upper"), ("continuum", "level")),
    **dict.fromkeys(NUMBERS, ("continuum", "fit")),
    "parameters": ("continuum", "fit", "parameter"),
    "boundary_without": ("continuum", "identity"),
}


def categorical(
    training: xr.Dataset,
    continua: xr.Dataset,
    units: xr.Dataset,
    n_components: int = 50,
    C: float = 1.0,
    min_units: int = 10,
    resamples: int = 1000,
    seed: int = 0,
) -> xr.Dataset:
    """Identification curves of the selective units over each continuum, with their fits.

    For each continuum a classifier (`nurture.decoding.classifier.classify`) learns the two
    end-point expressions from the training set and answers every morph with one of them.

    Parameters
    ----------
    training, continua : xarray.Dataset
        Activation files of one layer; of `continua` the stimuli that have a continuum are used.
    units, n_components, C, min_units
        As in `nurture.confusion.confusion.confusion`.
    resamples, seed : int
        Bootstrap samples of the identities, and their seed.

    Returns
    -------
    xarray.Dataset
        ``answer(continuum, identity, level)`` int8: 0 first expression, 1 second, -1 none;
        ``n(continuum, level)``; all that `nurture.categorical.identification.analyse_answers`
        returns, by continuum; ``note(continuum)``, empty or the reason that there is no curve or no
        fit; attributes ``network``, ``training``, ``layer``, ``n_units``, ``n_components``,
        ``C``, ``resamples``, ``seed``.

    Raises
    ------
    NurtureError
        When the files do not hold the same units, a continuum is not complete, an end-point
        expression is not in the training set, or an activation is NaN.
    """
    check_units(units, training=training, continua=continua)
    chosen = units["selective"].to_numpy() == 1
    n_units = int(chosen.sum())
    morphs, note = sequences(read_labels(continua)), too_few(n_units, min_units, "selective")
    answers, notes = {}, dict.fromkeys(morphs, note)
    if not note:
        train, test = training["activation"], continua["activation"]
        within = chosen if is_large(0, n_units * (len(train) + len(test))) else None
        if within is None:
            train, test = responses_of(train, chosen), responses_of(test, chosen)
        expression = read_labels(training)["expression"].to_numpy()
        for name, one in morphs.items():
            shown = np.flatnonzero(_shown(name, expression))
            products = stimulus_products(train[shown], test[one.row.ravel()], n_components, within)
            notes[name] = too_few(products.n_live, min_units, "selective")
            if not notes[name]:
                answered = answer(products, trainable(expression[shown]), n_components, C)
                answers[name] = (answered == ends(name)[1]).reshape(one.row.shape)
    result = _collect(morphs, answers, notes, resamples, seed)
    settings = {"n_units": n_units, "n_components": n_components, "C": C}
    return result.assign_attrs(about(units) | settings, resamples=resamples, seed=seed)


def _shown(continuum: str, expression: np.ndarray) -> np.ndarray:
    """Training stimuli that show either end of a continuum."""
    missing = sorted(set(ends(continuum)) - set(expression))
    if missing:
        raise NurtureError(
            f"continuum {continuum}: the training set shows no {missing[0]}; add it to the "
            "training set or leave the continuum out"
        )
    return np.isin(expression, ends(continuum))


def _collect(
    morphs: Mapping[str, Sequences],
    answers: Mapping[str, np.ndarray],
    reasons: Mapping[str, str],
    resamples: int,
    seed: int,
) -> xr.Dataset:
    """Put the answers to all continua and their analyses into one dataset."""
    levels = np.unique(np.concatenate([one.level for one in morphs.values()]))
    identities = np.unique(np.concatenate([one.identity for one in morphs.values()]))
    coordinates = {
        **{"continuum": list(morphs), "identity": identities, "level": levels},
        **{"fit": list(FITS), "parameter": list(PARAMETERS)},
    }
    size = {name: len(values) for name, values in coordinates.items()}
    variables = {k: np.full([size[d] for d in dims], np.nan) for k, dims in DIMS.items()}
    answer = np.full((len(morphs), len(identities), len(levels)), UNANSWERED, "int8")
    notes = [reasons[name] for name in morphs]
    analyses = _analyses(morphs, answers, resamples, seed)
    for i, (name, one) in enumerate(morphs.items()):
        if name not in answers:
            continue
        at = {"level": np.searchsorted(levels, one.level)}
        at["identity"] = np.searchsorted(identities, one.identity)
        answer[i][np.ix_(at["identity"], at["level"])] = answers[name]
        notes[i] = describe_flat(name, analyses[name]["share_second"])
        for key, dims in DIMS.items():
            variables[key][i, at.get(dims[1], slice(None))] = analyses[name][key]
    return xr.Dataset(
        {key: (dims, variables[key]) for key, dims in DIMS.items()}
        | {
            "answer": (("continuum", "identity", "level"), answer),
            "n": (("continuum", "level"), (answer != UNANSWERED).sum(axis=1).astype("int32")),
            "note": ("continuum", notes),
        },
        coordinates,
    )


def _analyses(
    morphs: Mapping[str, Sequences], answers: Mapping[str, np.ndarray], resamples: int, seed: int
) -> dict[str, dict[str, np.ndarray]]:
    """Analyse the answers along each continuum, those with the same levels at once."""
    alike: dict[bytes, list[str]] = {}
    for name in answers:
        alike.setdefault(morphs[name].level.tobytes(), []).append(name)
    found = {}
    for names in alike.values():
        given = [answers[name] for name in names]
        analyses = analyse_continua(morphs[names[0]].level, given, resamples, seed)
        found |= dict(zip(names, analyses, strict=True))
    return found


def describe_flat(continuum: str, share: np.ndarray) -> str:
    """Return a note that an identification curve has no variance to fit; empty when it has."""
    if np.ptp(share) >= FLAT:
        return ""
    first, second = ends(continuum)
    if share[0] in (0, 1):
        return f"every level answered as {second if share[0] else first}"
    return f"the same share of {second} at every level"
