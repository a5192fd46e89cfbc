from pathlib import Path

from nurture import human
from nurture.files import open_dataset, write_table
from nurture.script import step
from nurture.tables import categorical as tables

with step(snakemake):
    results = [
        open_dataset(path, "categorical", ["share_second"]) for path in snakemake.input.categorical
    ]
    folder = Path(snakemake.input.human[0]).parent
    write_table(tables.identification(results), snakemake.output.identification)
    write_table(tables.fits(results), snakemake.output.fits)
    write_table(tables.categorical_notes(results), snakemake.output.notes)
    write_table(human.read_identification(folder), snakemake.output.human)
