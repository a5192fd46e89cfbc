from importlib import import_module

from nurture.core.files import read_table
from nurture.core.style import draw_pages, save
from nurture.running.script import step

with step(snakemake):
    params = snakemake.params
    tables = [
        read_table(path, rule) for path, rule in zip(snakemake.input, params.made_by, strict=True)
    ]
    module, _, draw = params.function.rpartition(".")
    draw = getattr(import_module(module), draw)
    save(draw_pages(draw, *tables, style=params.style, **params.asked), snakemake.output)
