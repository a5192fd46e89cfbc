"""Identification curves: a slider along a continuum, with the face and every network's answer."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr

from nurture.categorical.identification_figure import STYLE
from nurture.core.identities import identity_names
from nurture.core.style import complete
from nurture.report.charts import identification_chart
from nurture.report.page import Section, render
from nurture.report.parts import figures, spell, training
from nurture.report.run import Run
from nurture.report.sections.stimuli import part_key

HUMAN_CONTINUUM, HUMAN_GROUP = "anger-fear", "whole"
"""Observers judged one continuum; this group saw whole faces."""

FIGURES = ("identification", "fits", "discrimination")
TABLES = ("identification", "human_identification")


def identification(run: Run) -> Section | None:
    """Show the face at a morph level and what each network answers there."""
    curves = run.tables.get("identification")
    morphs = run.config["experiment"]["morphs"]
    if curves is None or curves.empty or morphs not in run.stimuli:
        return None
    continua = list(dict.fromkeys(curves["continuum"]))
    # Baselines have curves, but answers to single faces are not kept for the page.
    curves = curves[curves["network"].isin(run.networks)]
    names = list(dict.fromkeys(curves["network"]))
    style = complete(STYLE, run.config["figures"].get("style"))
    observers = _observers(run.tables.get("human_identification"))
    shown = {name: _continuum(curves[curves["continuum"] == name]) for name in continua}
    data = {
        "continua": shown,
        "networks": {name: training(run, name) for name in names},
        "observers": observers,
        "answers": _answers(run.answers, {name: shown[name]["levels"] for name in continua}),
        "human_continuum": HUMAN_CONTINUUM,
        "pictures": {name: part_key(morphs, name) for name in continua},
        "set": morphs,
        "chart": identification_chart(
            {name: run.config["networks"][name]["training"] for name in names}, style
        ),
    }
    faces = run.stimuli[morphs].labels
    first = faces[faces["continuum"] == continua[0]]
    shown_first = list(dict.fromkeys(identity_names(first)))
    body = render(
        "identification",
        continua=continua,
        identities=shown_first[: run.config["report"]["identities"]],
        tables=[(name, spell(name)) for name in TABLES if name in run.tables],
        figures=figures(run, FIGURES),
    )
    return Section("categories", "Categories along a morph", body, {"identification": data})


def _answers(results: Mapping[str, xr.Dataset], levels: Mapping[str, list[float]]) -> dict:
    """Answers to single faces, by network, continuum and person: a list over the levels.

    0 is the first expression, 1 the second, -1 no answer.
    """
    found: dict[str, dict] = {}
    for network, result in results.items():
        identities = [str(person) for person in result["identity"].to_numpy()]
        for name, wanted in levels.items():
            answers = result["answer"].sel(continuum=name).transpose("identity", "level")
            answers = answers.sel(level=wanted, method="nearest").to_numpy().tolist()
            found.setdefault(network, {})[name] = dict(zip(identities, answers, strict=True))
    return found


def _continuum(rows: pd.DataFrame) -> dict:
    levels = sorted(set(rows["level"].round(6)))
    wide = rows.pivot_table(index="network", columns=rows["level"].round(6), values="share_second")
    n = rows.pivot_table(index="network", columns=rows["level"].round(6), values="n")
    return {
        "levels": levels,
        "share": {
            name: [None if pd.isna(v) else round(v, 4) for v in row.reindex(levels)]
            for name, row in wide.iterrows()
        },
        "n": {name: int(row.max()) for name, row in n.iterrows()},
    }


def _observers(table: pd.DataFrame | None) -> list[list[float]]:
    if table is None:
        return []
    rows = table[table["group"] == HUMAN_GROUP].sort_values("level")
    return rows[["level", "share_second"]].round(4).to_numpy(float).tolist()
