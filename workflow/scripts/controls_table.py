from nurture.files import open_dataset, write_table
from nurture.script import step
from nurture.tables.controls import controls

with step(snakemake):
    results = [open_dataset(path, "controls", ["tuning_r"]) for path in snakemake.input]
    write_table(controls(results), snakemake.output[0])
