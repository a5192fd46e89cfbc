from nurture.networks.weights import save
from nurture.rearing.diets import HELD_OUT, Studio, classes, draw_images
from nurture.rearing.record import best, halved, provenance
from nurture.rearing.training import rear
from nurture.running.script import step
from nurture.stimuli.rendered.recipes import read_recipes

with step(snakemake):
    params, diet = snakemake.params, snakemake.wildcards.diet
    recipe, device = params.recipe, params.device
    given = read_recipes(snakemake.input.action_units)
    studio = Studio(given, recipe["seed"], recipe["size"], device, params.kernels)
    shown = classes(diet, recipe["classes"])
    seen = draw_images(studio, shown, range(recipe["views"]), "images of the diet")
    held_out = draw_images(studio, shown, range(HELD_OUT, HELD_OUT + recipe["held_out"]))
    paths = iter(snakemake.output)
    for seed in recipe["seeds"]:
        kept = f"{params.kept}/{diet}-{seed}.pt"
        rearing = rear(seen, held_out, recipe, seed, device, kept)
        curve = rearing.curve
        save(halved(rearing.best), next(paths), provenance(recipe, diet, seed, curve, best(curve)))
        for images in recipe["checkpoints"]:
            record = provenance(recipe, diet, seed, curve, images)
            save(halved(rearing.early[images], top=False), next(paths), record)
