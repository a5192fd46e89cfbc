from nurture.core.progress import progress
from nurture.running.script import step
from nurture.stimuli.images import write_images
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import render

with step(snakemake):
    recipes = read_recipes(snakemake.input.action_units)
    params = snakemake.params
    labels = design(params.design, params.seed)
    faces = render(labels, recipes, params.seed, params.size, params.device, params.kernels)
    frames = (
        {"image": image, "mask": mask.astype("uint8")}
        for image, mask in progress(faces, len(labels), "faces")
    )
    attributes = {"title": "Rendered faces", "seed": str(params.seed)}
    write_images(snakemake.output[0], labels, frames, attributes)
