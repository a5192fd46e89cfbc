from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step
from nurture.selectivity.selective_units_figure import draw

with step(snakemake):
    tables = [read_table(path, "selectivity_tables") for path in snakemake.input]
    style = complete("selective_units", snakemake.params.style)
    (units,), params = tables, snakemake.params
    units = units[~units["network"].isin(params.left_out)]
    save(draw(units, params.alpha, params.seeds, style=style), snakemake.output)
