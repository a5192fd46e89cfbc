from functools import partial
from pathlib import Path

from nurture.confusion import human
from nurture.confusion import likeness_tables as tables
from nurture.confusion.bootstrap import make_matched_samples, make_samples
from nurture.confusion.sources import read_sources
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["noisy"]) for path in snakemake.input.confusion]
    shared = (results, params.replicates, params.resamples, params.seed)
    samples = make_samples(*shared)
    folder = Path(snakemake.input.human[0]).parent
    observers = human.read_humans(folder, read=human.read_counts)
    sources = read_sources(folder)["confusion"]
    write_table(tables.human_similarity(samples, observers), output.similarity)
    matched = tables.likeness_matched(
        partial(make_matched_samples, *shared), observers, params.matched
    )
    write_table(matched, output.matched)
    write_table(tables.human_agreement(observers), output.agreement)
    write_table(tables.noise_ceiling(observers, sources, params.seed), output.ceiling)
