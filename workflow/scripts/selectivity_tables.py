from nurture.core.files import open_dataset, write_table
from nurture.running.script import step
from nurture.selectivity import selectivity_tables as tables

with step(snakemake):
    paths = snakemake.input
    results = [open_dataset(path, "selectivity", ["selective"]) for path in paths.selectivity]
    nulls = [open_dataset(path, "selectivity_permutation", ["null_count"]) for path in paths.null]
    write_table(tables.selective_units(results, nulls), snakemake.output.units)
    write_table(tables.tuning(results), snakemake.output.tuning)
