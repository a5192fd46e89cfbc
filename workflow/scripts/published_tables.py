from pathlib import Path

from nurture.core.files import read_table, write_table
from nurture.experience.published import read_matrices, read_numbers
from nurture.experience.published_tables import published
from nurture.running.script import step

with step(snakemake):
    folder = Path(snakemake.input.published[0]).parent
    tables = {
        "confusion": read_table(snakemake.input.confusion, "confusion_tables"),
        "scores": read_table(snakemake.input.scores, "confusion_tables"),
        "fits": read_table(snakemake.input.fits, "categorical_tables"),
        "notes": read_table(snakemake.input.notes, "categorical_tables"),
    }
    numbers = read_matrices(folder), read_numbers(folder)
    write_table(published(*numbers, tables, snakemake.params.networks), snakemake.output[0])
