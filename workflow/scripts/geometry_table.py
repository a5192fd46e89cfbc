from pathlib import Path

from nurture.confusion.geometry import geometry_table
from nurture.confusion.human import read_counts, read_humans
from nurture.core.files import open_dataset, write_table
from nurture.running.script import step

with step(snakemake):
    results = [open_dataset(path, "geometry", ["distance"]) for path in snakemake.input.geometry]
    humans = read_humans(Path(snakemake.input.human[0]).parent, read=read_counts)
    write_table(geometry_table(results, humans), snakemake.output[0])
