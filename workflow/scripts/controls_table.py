from nurture.core.files import open_dataset, write_table
from nurture.decoding.controls_tables import controls
from nurture.running.script import step

with step(snakemake):
    results = [open_dataset(path, "controls", ["tuning_r"]) for path in snakemake.input]
    write_table(controls(results), snakemake.output[0])
