from nurture import human
from nurture.files import open_dataset, write_table
from nurture.script import step
from nurture.tables import confusion as tables

with step(snakemake):
    results = [open_dataset(path, "confusion", ["count"]) for path in snakemake.input.confusion]
    humans = human.read_humans(snakemake.params.human)
    sources = human.read_sources(snakemake.params.human)["confusion"]
    people = {name: sources[name]["people"] for name in humans}
    write_table(tables.confusion(results), snakemake.output.confusion)
    write_table(tables.confusion_scores(results), snakemake.output.scores)
    write_table(tables.human_similarity(results, humans), snakemake.output.similarity)
    write_table(tables.human_confusion(humans, people), snakemake.output.human)
    write_table(tables.human_agreement(humans), snakemake.output.agreement)
