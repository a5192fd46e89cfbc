from nurture.activations.baselines import recipe_confusions
from nurture.confusion.bootstrap import make_samples
from nurture.confusion.likeness_tables import baseline_similarity
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step
from nurture.stimuli.rendered.action_units import read_action_units

with step(snakemake):
    params = snakemake.params
    results = [open_dataset(path, "confusion", ["answer"]) for path in snakemake.input.confusion]
    samples = make_samples(results, params.replicates, params.resamples, params.seed)
    others = {}
    for path in snakemake.input.action_units:  # none where faces are not rendered
        others["recipes"] = recipe_confusions(read_action_units(path).expressions)
    write_table(baseline_similarity(samples, others), snakemake.output[0])
