from contextlib import ExitStack

from nurture.core.files import open_dataset, read_labels
from nurture.core.style import save
from nurture.running.script import step
from nurture.stimuli.stimuli_figure import draw

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
        style=snakemake.params.style,
    )
    save(figure, snakemake.output)
