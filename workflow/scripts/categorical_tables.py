from pathlib import Path

from nurture.categorical import identification_tables as tables
from nurture.categorical.comparison_tables import fit_comparisons
from nurture.confusion import human
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    results = [
        open_dataset(path, "categorical", ["share_second"]) for path in snakemake.input.categorical
    ]
    folder = Path(snakemake.input.human[0]).parent
    write_table(tables.identification(results), snakemake.output.identification)
    fits = tables.fits(results)
    write_table(fits, snakemake.output.fits)
    comparisons = fit_comparisons(fits, snakemake.params.seed)
    write_table(comparisons, snakemake.output.fit_comparisons)
    write_table(tables.categorical_notes(results), snakemake.output.notes)
    observers = human.read_identification(folder)
    write_table(observers, snakemake.output.human)
    write_table(tables.human_fits(observers), snakemake.output.human_fits)
