from pathlib import Path

import torch

from nurture.activations import extract, unit_shapes, write_activations
from nurture.files import open_dataset, read_labels
from nurture.networks.catalogue import ARCHITECTURES
from nurture.networks.preprocess import describe, preprocess
from nurture.networks.weights import load
from nurture.progress import progress
from nurture.script import step
from nurture.stimuli import image_blocks

with (
    step(snakemake),
    open_dataset(snakemake.input.images, "images", ["image"]) as stimuli,
):
    torch.set_num_threads(snakemake.threads)
    settings, params = snakemake.params.settings, snakemake.params
    architecture, seen = settings["architecture"], settings["input"]
    network, provenance = load(snakemake.input.network, architecture, settings.get("outputs"))
    paths = {Path(path).stem: path for path in snakemake.output}
    labels = read_labels(stimuli)
    blocks = image_blocks(stimuli, "image", size=params.batch)
    batches = (preprocess(images, seen) for (images,) in blocks)
    activations = extract(network, list(paths), batches, params.network, params.device)
    channels = 1 if seen["colour"] == "grey" else 3
    shapes = unit_shapes(network, list(paths), (channels, seen["size"], seen["size"]))
    shared = {
        "network": params.network,
        "training": settings["training"],
        "seed": settings.get("seed"),
        "weights_sha256": provenance["weights_sha256"],
        "architecture": architecture,
        "preprocessing": describe(seen),
        "code": params.code,
    }
    attributes = {
        layer: {**shared, "layer": layer, "nonlinearity": ARCHITECTURES[architecture].layers[layer]}
        for layer in paths
    }
    n_batches = -(-len(labels) // params.batch)
    activations = progress(activations, n_batches, f"{params.network}, batches")
    write_activations(paths, activations, shapes, labels, attributes)
