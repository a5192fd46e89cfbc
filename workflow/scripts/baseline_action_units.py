from nurture.activations.baselines import action_units, as_activations, intensities
from nurture.core.files import open_dataset, read_labels, write_dataset
from nurture.running.script import step
from nurture.stimuli.rendered.action_units import read_action_units

with step(snakemake), open_dataset(snakemake.input.images, "images", ["image"]) as stimuli:
    recipes = read_action_units(snakemake.input.action_units).expressions
    labels = read_labels(stimuli)
    nature = f"intensity of action units {', '.join(map(str, intensities(recipes)))}"
    about = snakemake.params.baseline, snakemake.params.layer, nature
    result = as_activations(action_units(labels, recipes), labels, *about)
    write_dataset(result, snakemake.output[0])
