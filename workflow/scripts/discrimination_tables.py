from nurture.categorical.comparison_tables import comparisons
from nurture.categorical.discrimination_tables import discrimination, discrimination_levels
from nurture.core.files import open_dataset, read_table, write_table
from nurture.running.script import step

with step(snakemake):
    pixels = open_dataset(snakemake.input.pixels, "discrimination_pixels", ["distance"])
    distances, curves = (
        [open_dataset(path, rule, [variable]) for path in snakemake.input[rule]]
        for rule, variable in (("discrimination", "distance"), ("categorical", "answer"))
    )
    seed = snakemake.params.seed
    draws = snakemake.params.resamples, seed
    excesses = discrimination(distances, pixels, curves, *draws)
    fits = read_table(snakemake.input.fits, "categorical_tables")
    levels = discrimination_levels(distances, pixels, *draws)
    write_table(levels, snakemake.output.levels)
    write_table(excesses, snakemake.output.excess)
    write_table(comparisons(fits, excesses, seed), snakemake.output.comparisons)
