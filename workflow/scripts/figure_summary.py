from contextlib import ExitStack

from nurture.core.files import open_dataset, read_labels, read_table
from nurture.core.style import complete, save
from nurture.experience.summary_figure import STYLE, draw, face_places, morph_places
from nurture.running.script import step

with step(snakemake), ExitStack() as stack:
    params = snakemake.params
    selection, continua = (
        stack.enter_context(open_dataset(path, "images", ["image"]))
        for path in (snakemake.input.selection, snakemake.input.continua)
    )
    continuum = complete(STYLE, params.style)["continuum"]
    shown = (
        (selection, face_places(read_labels(selection))),
        (continua, morph_places(read_labels(continua), continuum)),
    )
    faces, morphs = ([images["image"][i] for i in places] for images, places in shown)
    tables = {
        name: read_table(snakemake.input[name], rule) for name, rule in params.made_by.items()
    }
    figure = draw(faces, morphs, tables, params.networks, params.replicates, style=params.style)
    save(figure, snakemake.output)
