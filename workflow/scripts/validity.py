import numpy as np

from nurture.confusion import confusion_tables as tables
from nurture.core.expressions import EXPRESSIONS
from nurture.core.files import open_dataset, read_labels, write_table
from nurture.networks.weights import load
from nurture.networks.xception import judge
from nurture.running.script import step
from nurture.stimuli.images import image_blocks
from nurture.stimuli.judge import judge_crop

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
