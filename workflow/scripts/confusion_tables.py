from pathlib import Path

from nurture.confusion import confusion_tables as tables
from nurture.confusion import human
from nurture.confusion.sources import read_sources
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    results = [open_dataset(path, "confusion", ["count"]) for path in snakemake.input.confusion]
    folder = Path(snakemake.input.human[0]).parent
    humans = human.read_humans(folder)
    sources = read_sources(folder)["confusion"]
    observers = {name: sources[name]["observers"] for name in humans}
    write_table(tables.confusion(results), snakemake.output.confusion)
    write_table(tables.confusion_scores(results), snakemake.output.scores)
    write_table(tables.human_confusion(humans, observers), snakemake.output.human)
