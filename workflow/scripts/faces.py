from nurture.faces import design, read_recipes, render
from nurture.progress import progress
from nurture.script import step
from nurture.stimuli import write_images

with step(snakemake):
    recipes = read_recipes(snakemake.input.action_units)
    labels = design(snakemake.params.design, snakemake.params.seed)
    faces = render(labels, recipes, snakemake.params.seed, snakemake.params.size)
    frames = (
        {"image": image, "mask": mask.astype("uint8")}
        for image, mask in progress(faces, len(labels), "faces")
    )
    attributes = {"title": "Rendered faces in colour", "seed": str(snakemake.params.seed)}
    write_images(snakemake.output[0], labels, frames, attributes)
