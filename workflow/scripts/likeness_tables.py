from pathlib import Path

from nurture import human
from nurture.files import open_dataset, write_table
from nurture.samples import make_samples
from nurture.script import step
from nurture.tables import likeness as tables

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples = make_samples(results, params.twins, params.resamples, params.seed)
    folder = Path(snakemake.input.human[0]).parent
    people = human.read_humans(folder, read=human.read_counts)
    sources = human.read_sources(folder)["confusion"]
    write_table(tables.human_similarity(samples, people), output.similarity)
    write_table(tables.human_agreement(people), output.agreement)
    write_table(tables.noise_ceiling(people, sources, params.seed), output.ceiling)
