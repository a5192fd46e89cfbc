from nurture.core.files import atomic, read_table, write_table
from nurture.core.shown import fewest_shown
from nurture.experience import summary_tables as tables
from nurture.running.script import step

with step(snakemake):
    parts = ("units", "scores", "similarity", "fits")
    units, scores, similarity, fits = (
        read_table(snakemake.input[name], "tables") for name in parts
    )
    summary = tables.summary(units, scores, similarity, fits, snakemake.params.human)
    write_table(summary, snakemake.output.table)
    with atomic(snakemake.output.text) as part:
        part.write_text(tables.summary_text(summary, fewest_shown(scores)) + "\n", encoding="utf-8")
