from pathlib import Path

from nurture.confusion import choice_tables as tables
from nurture.confusion import human
from nurture.confusion.bootstrap import make_samples
from nurture.confusion.sources import read_sources
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples = make_samples(results, params.replicates, params.resamples, params.seed)
    folder = Path(snakemake.input.human[0]).parent
    observers = human.read_humans(folder, read=human.read_counts)
    sources = read_sources(folder)["confusion"]
    counted = [name for name, source in sources.items() if source["holds"] == "counts"]
    bias, similarity = tables.bias_and_similarity(samples, observers)
    write_table(bias, output.bias)
    write_table(similarity, output.similarity)
    write_table(tables.choice_fit(samples, observers, counted), output.fit)
