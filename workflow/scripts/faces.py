from nurture.faces.design import design
from nurture.faces.recipes import read_recipes
from nurture.faces.rendering import render
from nurture.progress import progress
from nurture.script import step
from nurture.stimuli import write_images

with step(snakemake):
    recipes = read_recipes(snakemake.input.action_units)
    labels = design(snakemake.params.design, snakemake.params.seed)
    params = snakemake.params
    faces = render(labels, recipes, params.seed, params.size, params.device, params.kernels)
    frames = (
        {"image": image, "mask": mask.astype("uint8")}
        for image, mask in progress(faces, len(labels), "faces")
    )
    attributes = {"title": "Rendered faces in colour", "seed": str(snakemake.params.seed)}
    write_images(snakemake.output[0], labels, frames, attributes)
