from pathlib import Path

import pandas as pd

from nurture.core.files import atomic, read_table, write_table
from nurture.core.shown import fewest_shown
from nurture.experience import published
from nurture.experience.claims import claims
from nurture.experience.conclusions import conclusions
from nurture.experience.replication_tables import replication, replication_text
from nurture.running.script import step

with step(snakemake):
    given, params = snakemake.input, snakemake.params
    folder = Path(given.published[0]).parent
    numbers = published.likeness(published.read_matrices(folder)), published.read_numbers(folder)
    names = ("units", "accuracy", "similarity", "matched", "baselines", "fit_comparisons")
    tables = {name: read_table(given[name], f"for table {name}") for name in (*names, "experience")}
    found = claims(pd.concat(numbers, ignore_index=True), fewest_shown(tables["accuracy"]))
    table = replication(found, tables, params.networks, params.caveats)
    write_table(table, snakemake.output.table)
    first = conclusions(tables, params.networks, table)
    write_table(pd.DataFrame({"conclusion": first}, dtype=str), snakemake.output.conclusions)
    text = replication_text(table, published.read_paper(folder), first)
    with atomic(snakemake.output.text) as part:
        part.write_text(text, encoding="utf-8")
