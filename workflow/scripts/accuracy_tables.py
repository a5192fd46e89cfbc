from nurture.files import open_dataset, write_table
from nurture.samples import make_samples
from nurture.script import step
from nurture.tables import accuracy as tables

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples = make_samples(results, params.twins, params.resamples, params.seed)
    write_table(tables.accuracy_resampled(samples), output.resampled)
    write_table(tables.accuracy_histogram(samples), output.histogram)
