from pathlib import Path

from nurture.confusion import choice_tables as tables
from nurture.confusion import human
from nurture.confusion.bootstrap import make_samples
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples = make_samples(results, params.twins, params.resamples, params.seed)
    folder = Path(snakemake.input.human[0]).parent
    people = human.read_humans(folder, read=human.read_counts)
    sources = human.read_sources(folder)["confusion"]
    counted = [name for name, source in sources.items() if source["holds"] == "counts"]
    write_table(tables.bias(samples, people), output.bias)
    write_table(tables.similarity(samples, people), output.similarity)
    write_table(tables.choice_fit(samples, people, counted), output.fit)
