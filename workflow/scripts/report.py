from pathlib import Path

from nurture.confusion.sources import read_sources
from nurture.core.files import atomic
from nurture.networks.reared import read_record
from nurture.report.outline import report
from nurture.report.run import (
    Run,
    read_answers,
    read_figures,
    read_stimuli,
    read_tables,
    read_units,
)
from nurture.running.script import step

with step(snakemake):
    files, params = snakemake.input, snakemake.params
    tables, csv = read_tables(files.tables)
    figures = read_figures(files.figures)
    sets = [read_stimuli(path) for path in files.stimuli]
    run = Run(
        config=params.config,
        tables=tables,
        csv=csv,
        figures=figures,
        drawn_from={Path(k).stem: [Path(t).stem for t in v] for k, v in params.drawn_from.items()},
        pdfs=read_figures(files.pdfs),
        captions=params.captions,
        versions=params.versions,
        stimuli={one.name: one for one in sets},
        units=[read_units(path) for path in files.units],
        weights={Path(path).stem: read_record(path) for path in files.networks},
        human=read_sources(params.config["human"]["folder"]),
        answers={Path(path).parent.name: read_answers(path) for path in files.answers},
    )
    with atomic(snakemake.output[0]) as part:
        part.write_text(report(run), encoding="utf-8")
