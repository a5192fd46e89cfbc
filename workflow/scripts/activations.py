from pathlib import Path

import torch

from nurture.activations.extraction import activation_files, extract
from nurture.core.file_digest import file_digest
from nurture.core.files import open_dataset, read_labels
from nurture.core.names import file_stem
from nurture.core.progress import progress
from nurture.networks.catalogue import describe_network, is_own
from nurture.networks.folding import folded
from nurture.networks.forward import choose_device, fitting_batch, unit_shapes, up_to
from nurture.networks.preprocess import describe, preprocess
from nurture.networks.probing import check_answers
from nurture.networks.reading import image_shape, read_network
from nurture.running.script import step
from nurture.stimuli.images import image_blocks, unlike

with step(snakemake), open_dataset(snakemake.input.images, "images", ["image"]) as stimuli:
    torch.set_num_threads(snakemake.threads)
    settings, params = snakemake.params.settings, snakemake.params
    stems = [Path(path).stem for path in snakemake.output]
    network, provenance = read_network(snakemake.input.network, settings, stems)
    names = {file_stem(layer): layer for layer in provenance["nonlinearities"]}
    paths = {names[stem]: path for stem, path in zip(stems, snakemake.output, strict=True)}
    seen = provenance["input"]
    labels, device = read_labels(stimuli), choose_device(params.device).type
    image, orders = image_shape(seen), provenance.get("orders", {})
    own = is_own(settings["architecture"])
    network = network if own else folded(up_to(network, list(paths)))
    shapes = unit_shapes(network, list(paths), image, orders)
    batch = fitting_batch(network, image, params.batch, params.memory)
    if own:
        check_answers(network.to(device), list(paths), seen, {batch, len(labels) % batch or batch})
    shared = {
        "network": params.network,
        "training": settings["training"],
        "seed": settings.get("seed"),
        "architecture": describe_network(settings),
        "weights_sha256": provenance["weights_sha256"],
        "network_sha256": file_digest(snakemake.input.network),
        "images_sha256": file_digest(snakemake.input.images),
        "preprocessing": describe(seen),
        "batch": batch,
        "device": device,
        "precision": params.precision,
        "code": params.code,
    }
    attributes = {
        layer: {**shared, "layer": layer, "nonlinearity": provenance["nonlinearities"][layer]}
        for layer in paths
    }
    blocks = (images for (images,) in image_blocks(stimuli, "image", size=batch))
    blocks = progress(blocks, -(-len(labels) // batch), f"{params.network}, batches")
    # A user's network is shown every image: what it answers may depend on more than that.
    first = None if own else []
    shown = blocks if own else unlike(blocks, batch, first)
    batches = (preprocess(images, seen) for images in shown)
    with activation_files(paths, shapes, labels, attributes, params.precision, first) as write:
        extract(network, list(paths), batches, write, device, not own, orders)
