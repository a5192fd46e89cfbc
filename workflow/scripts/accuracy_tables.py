from nurture.confusion import accuracy_tables as tables
from nurture.confusion.bootstrap import make_samples
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples, within = (
        make_samples(results, params.replicates, params.resamples, params.seed, answers)
        for answers in ("answer", "answer_within")
    )
    write_table(tables.accuracy_resampled(samples, within), output.resampled)
    write_table(tables.accuracy_histogram(samples), output.histogram)
