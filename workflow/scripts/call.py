from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from nurture.core.files import open_dataset, write_dataset, write_table
from nurture.running.script import step

# Other folders of results bear the names of the rules that make them.
MADE_BY = {"stimuli": "images", "permutation": "selectivity_permutation"}

with step(snakemake), ExitStack() as stack:
    params, results = snakemake.params, Path(snakemake.config["results"])

    def opened(path):
        folder = Path(path).parts[len(results.parts)]
        return stack.enter_context(open_dataset(path, MADE_BY.get(folder, folder)))

    given = {
        name: opened(held) if isinstance(held, str) else [opened(path) for path in held]
        for name, held in snakemake.input.items()
    }
    module, _, name = params.function.rpartition(".")
    result = getattr(import_module(module), name)(**given, **params.asked)
    [output] = snakemake.output
    (write_table if output.endswith(".csv") else write_dataset)(result, output)
