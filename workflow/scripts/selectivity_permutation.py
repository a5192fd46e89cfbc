from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step
from nurture.selectivity.permutation import selectivity_permutation

with (
    step(snakemake),
    open_dataset(snakemake.input[0], "activations", ["activation"]) as activations,
):
    settings = ("alpha", "rule", "permutations", "splits", "parts", "seed")
    null = selectivity_permutation(
        activations, **{name: snakemake.params[name] for name in settings}
    )
    write_dataset(null, snakemake.output[0])
