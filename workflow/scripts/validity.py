import numpy as np

from nurture.expressions import EXPRESSIONS
from nurture.faces.judge import judge_crop
from nurture.files import open_dataset, read_labels, write_table
from nurture.networks.weights import load
from nurture.networks.xception import judge
from nurture.script import step
from nurture.stimuli import image_blocks
from nurture.tables import validity as tables

with (
    step(snakemake),
    open_dataset(snakemake.input.faces, snakemake.params.made_by, ["image", "mask"]) as faces,
):
    network, _ = load(snakemake.input.judge, snakemake.params.architecture)
    answers = [
        judge(judge_crop(images, masks), network).argmax(axis=1)
        for images, masks in image_blocks(faces, "image", "mask")
    ]
    answered = np.array(EXPRESSIONS)[np.concatenate(answers)]
    shown = read_labels(faces)["expression"]
    write_table(tables.validity(shown, answered), snakemake.output[0])
