from nurture.categorical.discrimination import pixel_distances
from nurture.core.files import open_dataset, write_dataset
from nurture.running.script import step

with step(snakemake), open_dataset(snakemake.input[0], "images", ["image"]) as images:
    write_dataset(pixel_distances(images), snakemake.output[0])
