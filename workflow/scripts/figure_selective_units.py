from nurture.figures.selective_units import draw
from nurture.figures.style import complete, save
from nurture.files import read_table
from nurture.script import step

with step(snakemake):
    tables = [read_table(path, "selectivity_tables") for path in snakemake.input]
    style = complete("selective_units", snakemake.params.style)
    (units,), params = tables, snakemake.params
    units = units[~units["network"].isin(params.left_out)]
    save(draw(units, params.alpha, params.seeds, style=style), snakemake.output)
