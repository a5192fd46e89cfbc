from pathlib import Path

from nurture.confusion.sources import read_sources
from nurture.core.files import atomic
from nurture.networks.reared import read_record
from nurture.report import run
from nurture.report.outline import report
from nurture.running.script import step

with step(snakemake):
    files, params = snakemake.input, snakemake.params
    tables, csv = run.read_tables(files.tables)
    figures = run.read_figures(files.figures)
    sets = [run.read_stimuli(path) for path in files.stimuli]
    left = run.Run(
        config=params.config,
        tables=tables,
        csv=csv,
        figures=figures,
        drawn_from={Path(k).stem: [Path(t).stem for t in v] for k, v in params.drawn_from.items()},
        pdfs=run.read_figures(files.pdfs),
        captions=params.captions,
        versions=params.versions,
        stimuli={one.name: one for one in sets},
        units=[run.read_units(path) for path in files.units],
        weights={Path(path).stem: read_record(path) for path in files.networks},
        human=read_sources(params.config["human"]["folder"]),
        answers={Path(path).parent.name: run.read_answers(path) for path in files.answers},
    )
    with atomic(snakemake.output[0]) as part:
        part.write_text(report(left), encoding="utf-8")
