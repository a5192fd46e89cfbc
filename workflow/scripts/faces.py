from nurture.core.progress import progress
from nurture.running.script import step
from nurture.stimuli.images import face_frames, write_images
from nurture.stimuli.rendered.design import design
from nurture.stimuli.rendered.recipes import read_recipes
from nurture.stimuli.rendered.rendering import render

with step(snakemake):
    recipes = read_recipes(snakemake.input.action_units)
    params = snakemake.params
    labels = design(params.design, params.seed)
    faces = render(labels, recipes, params.seed, params.size, params.device, params.kernels)
    attributes = {"title": "Rendered faces", "seed": str(params.seed)}
    frames = face_frames(progress(faces, len(labels), "faces"))
    write_images(snakemake.output[0], labels, frames, attributes)
