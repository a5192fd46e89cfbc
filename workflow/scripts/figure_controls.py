from contextlib import ExitStack

from nurture.figures.controls import draw, example_faces
from nurture.figures.style import complete, save
from nurture.files import open_dataset, read_labels, read_table
from nurture.script import step

with step(snakemake), ExitStack() as stack:
    table = read_table(snakemake.input.controls, "controls_table")
    sets = [
        stack.enter_context(open_dataset(path, "images", ["image"]))
        for path in (snakemake.input.upright, *snakemake.input.altered)
    ]
    faces = example_faces([one["image"] for one in sets], [read_labels(one) for one in sets])
    style = complete("controls", snakemake.params.style)
    save(draw(table, faces, snakemake.params.networks, style=style), snakemake.output)
