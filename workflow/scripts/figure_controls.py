from contextlib import ExitStack

from nurture.core.files import open_dataset, read_labels, read_table
from nurture.core.style import draw_pages, save
from nurture.decoding.controls_figure import draw, example_faces
from nurture.running.script import step

with step(snakemake), ExitStack() as stack:
    table = read_table(snakemake.input.controls, "controls_table")
    sets = [
        stack.enter_context(open_dataset(path, "images", ["image"]))
        for path in (snakemake.input.upright, *snakemake.input.altered)
    ]
    faces = example_faces([one["image"] for one in sets], [read_labels(one) for one in sets])
    params = snakemake.params
    figures = draw_pages(draw, table, faces, networks=params.networks, style=params.style)
    save(figures, snakemake.output)
