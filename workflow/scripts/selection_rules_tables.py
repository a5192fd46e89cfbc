from contextlib import ExitStack

from nurture.core.files import open_dataset, write_table
from nurture.running.script import step
from nurture.selectivity.selection_rules_tables import selection_rules

with step(snakemake), ExitStack() as stack:
    files = [
        stack.enter_context(open_dataset(path, "activations", ["activation"]))
        for path in snakemake.input
    ]
    settings = {name: snakemake.params[name] for name in ("alpha", "permutations", "seed")}
    write_table(selection_rules(files, **settings), snakemake.output[0])
