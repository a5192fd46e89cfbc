from pathlib import Path

from nurture.core.files import write_table
from nurture.experience.measures import read_measures
from nurture.networks.reared import read_record
from nurture.rearing import childhoods_tables as childhoods
from nurture.running.script import step

with step(snakemake):
    params = snakemake.params
    measures, units = read_measures(snakemake.input, params.resamples, params.seed)
    # How much a network had seen when its rearing was over stands in its file.
    for path in snakemake.input.networks:
        params.networks[Path(path).stem]["images"] = read_record(path)["rearing"]["seen"]
    about = measures, units, params.networks
    write_table(childhoods.childhoods(*about), snakemake.output.values)
    write_table(childhoods.compared_childhoods(*about), snakemake.output.compared)
