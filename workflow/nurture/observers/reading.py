"""Answers of observers: files of the page read, checked and judged by the rules of exclusion.

Whatever a file holds is text and numbers here: nothing of it is run, imported or unpickled.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nurture.core.columns import numbered_lines
from nurture.core.errors import NurtureError
from nurture.core.expressions import EXPRESSIONS, NONE
from nurture.observers.design import n_trials, rows_of
from nurture.observers.settings import AFTER, BEFORE

NUMBERS = ("list", "trial", "practice", "stimulus", "first", "second")
TEXTS = ("experiment", "session", "task", "check", "answer")
FIELDS = (*TEXTS, *NUMBERS, "rt")
"""Of each answer, as the page writes it; what else it writes is known from the lists."""

ASKED = "asked_"
"""Begins the name of what observers were asked beside the faces."""

LARGEST = 200 * 2**20
"""Bytes of a file; a session has about a tenth of a megabyte."""

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

LONGEST_RT = 86_400_000


def read_experiment(folder: str | Path) -> dict:
    """Read what an experiment showed, from the folder of its page; refuse one that is not whole."""
    path = Path(folder) / "lists.js"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NurtureError(
            f"{path}: cannot be read; name the folder of the experiment whose data these are with "
            "--experiment"
        ) from None
    try:
        content = json.loads(text.removeprefix(BEFORE).removesuffix(AFTER))
        complete = {"id", "lists", "sets", "settings", "digests"} <= set(content)
    except (ValueError, TypeError, RecursionError):
        complete = False
    if not complete:
        raise NurtureError(f"{path}: not the lists of an experiment; make the experiment again")
    return content


def read_sessions(paths: Iterable[str | Path], experiment: Mapping) -> pd.DataFrame:
    """Read answers from files of the page, of jsPsych or of JATOS.

    Parameters
    ----------
    paths : iterable of str or Path
        CSV with a header; or JSON: a list of answers, or a line with such a list for each session,
        as JATOS exports them. An answer may be in several files, as after two downloads.
    experiment : mapping
        `read_experiment`.

    Returns
    -------
    pandas.DataFrame
        By session and trial: `FIELDS`, what was asked (`ASKED`), and expression, identity,
        continuum and level of the image.

    Raises
    ------
    NurtureError
        At the first file that is not such a file, the first answer that the page cannot have
        written, or two different answers to one trial.
    """
    kept: dict[tuple[str, int], tuple[dict, str]] = {}
    dealt = [
        {task: frozenset(rows_of(one, task).tolist()) for task in one}
        for one in experiment["lists"]
    ]
    for path in map(Path, paths):
        for place, row in _rows(path):
            answer = _checked(row, place, experiment, dealt)
            key = answer["session"], answer["trial"]
            known, where = kept.setdefault(key, (answer, place))
            if known != answer:
                raise NurtureError(
                    f"{place}: trial {key[1]} of session {key[0]} is answered otherwise in "
                    f"{where}; keep one of them"
                )
    if not kept:
        raise NurtureError("no answers in these files; name files that the page saved")
    rows = [kept[key][0] for key in sorted(kept)]
    return pd.DataFrame(rows)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield answers, each with its place."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise NurtureError(f"{path}: cannot be read ({error.strerror}); correct its name") from None
    if size > LARGEST:
        raise NurtureError(f"{path}: more than {LARGEST >> 20} MiB; no file of the page is")
    kind = path.suffix.lower()
    if kind == ".csv":
        yield from ((f"{path}, line {n}", row) for n, row in numbered_lines(path, FIELDS))
    elif kind in (".json", ".txt"):
        for where, value in _parsed(path):
            records = value if isinstance(value, list) else [value]
            places = ((f"{where}, answer {i}", row) for i, row in enumerate(records, start=1))
            yield from ((place, row) for place, row in places if _is_answer(row, place))
    else:
        raise NurtureError(f"{path}: not .csv, .json or .txt; name files that the page saved")


def _is_answer(row: Any, place: str) -> bool:
    """Tell an answer from a screen without one, which jsPsych itself has recorded."""
    if not isinstance(row, dict):
        raise NurtureError(f"{place}: not a record; remove it")
    if "trial_type" in row and "task" not in row:
        return False
    for name in FIELDS:
        if name not in row:
            raise NurtureError(f"{place}: no {name!r}; remove it")
    return True


def _parsed(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NurtureError(f"{path}: not UTF-8 text; name files that the page saved") from None
    try:
        yield str(path), json.loads(text)
        return
    except RecursionError:
        raise NurtureError(f"{path}: lists in lists, too deep; no file of the page is") from None
    except ValueError:
        pass
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield f"{path}, line {number}", json.loads(line)
            except (ValueError, RecursionError):
                raise NurtureError(
                    f"{path}, line {number}: not JSON; name files that the page saved"
                ) from None


def _checked(
    row: Mapping[str, Any], place: str, experiment: Mapping, dealt: Sequence[Mapping]
) -> dict[str, Any]:
    """Check that the page can have written an answer."""

    def ensure(name: str, holds: bool, why: str) -> None:
        if not holds:
            shown = ascii(str(row[name])[:40])
            raise NurtureError(f"{place}: {name} {shown} {why}; remove the answer or the file")

    answer: dict[str, Any] = {name: str(row[name]) for name in TEXTS}
    for name in ("experiment", "session"):
        ensure(name, bool(NAME.fullmatch(answer[name])), "is no name")
    if answer["experiment"] != experiment["id"]:
        raise NurtureError(
            f"{place}: of experiment {answer['experiment']}, and not of {experiment['id']}; name "
            "its folder with --experiment"
        )
    for name in NUMBERS:
        ensure(name, bool(re.fullmatch(r"-?\d{1,9}", str(row[name]))), "is no whole number")
        answer[name] = int(row[name])
    answer["rt"] = _time(row["rt"])
    ensure("rt", 0 <= answer["rt"] <= LONGEST_RT, "is no time in milliseconds")
    ensure("list", 1 <= answer["list"] <= len(dealt), "is none of the experiment's")
    tasks = experiment["settings"]["tasks"]
    ensure("task", answer["task"] in tasks, "is none of the experiment's")
    shown = _shown(answer, experiment, dealt)
    ensure("stimulus", shown is not None, "is not shown in this list and task")
    shown = shown or {}
    ensure("answer", answer["answer"] in _choices(answer, shown), "is none of the choices")
    asked = {name: str(row[name])[:200] for name in row if name.startswith(ASKED)}
    return answer | shown | asked


def _time(text: Any) -> float:
    try:
        return float(str(text)[:40])
    except ValueError:
        return np.nan


def _shown(answer: Mapping, experiment: Mapping, dealt: Sequence[Mapping]) -> dict | None:
    """Find what is known of the image of an answer; None where the list does not show it."""
    names = ("expression", "identity", "continuum", "level")
    if answer["check"]:
        return dict(zip(names, (NONE, -1, NONE, 0.0), strict=True))
    rehearsed = bool(answer["practice"])
    rows = experiment["practice"] if rehearsed else dealt[answer["list"] - 1][answer["task"]]
    if answer["stimulus"] not in rows:
        return None
    known = experiment["sets"]["practice" if rehearsed else answer["task"]]["stimuli"]
    return dict(zip(names, known[answer["stimulus"]], strict=True))


def _choices(answer: Mapping, shown: Mapping) -> Sequence[str]:
    if answer["check"]:
        return (*EXPRESSIONS, "first", "second")
    if answer["task"] == "label":
        return EXPRESSIONS
    return ("first", "second") if answer["task"] == "abx" else shown["continuum"].split("-")


def judge(sessions: pd.DataFrame, rules: Mapping, experiment: Mapping) -> pd.DataFrame:
    """Describe every observer, and decide who is left out by ``observers.exclude``.

    Returns
    -------
    pandas.DataFrame
        A row for each session, in their order: observer (1 and up), session, list, trials
        answered, answered (share of those of the list), checks_failed, fast and one_key (shares),
        accuracy of labels, median_rt, why (empty: kept), and what was asked.
    """
    rows: list[dict] = []
    asked = [name for name in sessions if name.startswith(ASKED)]
    for session, answers in sessions.groupby("session", sort=True):
        tested = answers[(answers["practice"] == 0) & (answers["check"] == "")]
        checks = answers[answers["check"] != ""]
        label = tested[tested["task"] == "label"]
        number = int(answers["list"].iloc[0])
        failed = checks["answer"] != checks["check"]
        keys = [
            part.value_counts(normalize=True).max() for _, part in tested.groupby("task")["answer"]
        ]
        found = {
            "answered": len(tested) / sum(n_trials(experiment["lists"][number - 1]).values()),
            "checks_failed": float(failed.mean()) if len(checks) else 0.0,
            "fast": float((tested["rt"] < rules["fast"]).mean()) if len(tested) else 0.0,
            "one_key": float(max(keys, default=0)),
        }
        rows.append(
            {
                **{"observer": len(rows) + 1, "session": session, "list": number},
                **{"trials": len(tested), **found},
                "accuracy": (label["answer"] == label["expression"]).mean(),
                "median_rt": tested["rt"].median(),
                "why": "; ".join(_reasons(found, rules, answers["list"].nunique())),
                **{name: answers[name].iloc[0] for name in asked},
            }
        )
    return pd.DataFrame(rows)


def _reasons(found: Mapping[str, float], rules: Mapping, lists: int) -> Iterator[str]:
    """Say why a session is left out."""
    if lists > 1:
        yield f"answers to {lists} lists"
    if found["answered"] < rules["answered"]:
        yield f"answered {found['answered']:.0%} of the trials"
    if found["checks_failed"] > rules["checks"]:
        yield f"failed {found['checks_failed']:.0%} of the checks"
    if found["fast"] > rules["fast_share"]:
        yield f"{found['fast']:.0%} of the answers within {rules['fast']} ms"
    if found["one_key"] > rules["one_key"]:
        yield f"one answer in {found['one_key']:.0%} of the trials of a task"


def kept_trials(sessions: pd.DataFrame, observers: pd.DataFrame) -> pd.DataFrame:
    """List the answers of those observers who are kept by `judge`, without practice and checks.

    Returns
    -------
    pandas.DataFrame
        observer, trial, task, stimulus, first, second, expression, identity, continuum, level,
        answer, rt. Refuses to go on with nobody.
    """
    kept = observers[observers["why"] == ""]
    if kept.empty:
        raise NurtureError(
            f"all {len(observers)} observers are left out, the first because: "
            f"{observers['why'].iloc[0]}; see observers.exclude in the configuration"
        )
    tested = (sessions["practice"] == 0) & (sessions["check"] == "")
    number = sessions["session"].map(kept.set_index("session")["observer"])
    found = sessions[tested & number.notna()].assign(observer=number)
    columns = ["observer", "trial", "task", "stimulus", "first", "second", "expression"]
    columns += ["identity", "continuum", "level", "answer", "rt"]
    return found[columns].astype({"observer": int}).reset_index(drop=True)


def check_shown(what: str, stated: str, digest: str, where: str) -> None:
    """Refuse answers to other images than those of this run, by their digests."""
    if stated != digest:
        raise NurtureError(
            f"{where}: its observers were shown other {what} ({stated or 'none'}) than this run's "
            f"({digest}); run with the configuration of their experiment, or take `trials` out of "
            "sources.yaml"
        )
