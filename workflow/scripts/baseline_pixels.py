import numpy as np

from nurture.activations.baselines import as_activations, pixel_units
from nurture.core.files import open_dataset, read_labels, write_dataset
from nurture.running.script import step
from nurture.stimuli.images import image_blocks

with step(snakemake), open_dataset(snakemake.input[0], "images", ["image"]) as stimuli:
    values = [pixel_units(images) for (images,) in image_blocks(stimuli, "image")]
    nature = "grey of the image, averaged over squares"
    about = snakemake.params.baseline, snakemake.params.layer, nature
    result = as_activations(np.concatenate(values), read_labels(stimuli), *about)
    write_dataset(result, snakemake.output[0])
