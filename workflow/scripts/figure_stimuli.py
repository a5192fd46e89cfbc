from contextlib import ExitStack

from nurture.figures.stimuli import draw
from nurture.figures.style import complete, save
from nurture.files import open_dataset, read_labels
from nurture.script import step

with step(snakemake), ExitStack() as stack:
    faces, selection, generalisation, continua = (
        stack.enter_context(open_dataset(path, made_by, ["image"]))
        for path, made_by in zip(
            snakemake.input, (snakemake.params.made_by, *3 * ["images"]), strict=True
        )
    )
    figure = draw(
        faces["image"],
        selection["image"],
        read_labels(selection),
        generalisation["image"],
        read_labels(generalisation),
        continua["image"],
        read_labels(continua),
        style=complete("stimuli", snakemake.params.style),
    )
    save(figure, snakemake.output)
