from nurture.files import open_dataset, write_table
from nurture.script import step
from nurture.tables import selectivity as tables

with step(snakemake):
    results = [open_dataset(path, "selectivity", ["selective"]) for path in snakemake.input]
    write_table(tables.selective_units(results), snakemake.output.units)
    write_table(tables.tuning(results), snakemake.output.tuning)
