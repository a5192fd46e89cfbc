from nurture.core.files import read_table
from nurture.core.style import complete, save
from nurture.running.script import step
from nurture.selectivity.tuning_figure import draw

with step(snakemake):
    tables = [read_table(path, "selectivity_tables") for path in snakemake.input]
    style = complete("tuning", snakemake.params.style)
    save(draw(*tables, snakemake.params.networks, style=style), snakemake.output)
