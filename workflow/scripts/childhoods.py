from pathlib import Path

from nurture.files import write_table
from nurture.networks.reared import read_record
from nurture.script import step
from nurture.tables import childhoods
from nurture.tables.measured import read_measures

with step(snakemake):
    params = snakemake.params
    measures, units = read_measures(snakemake.input, params.resamples, params.seed)
    # How much a network had seen when its rearing was over stands in its file.
    for path in snakemake.input.networks:
        params.networks[Path(path).stem]["images"] = read_record(path)["rearing"]["seen"]
    about = measures, units, params.networks
    write_table(childhoods.childhoods(*about), snakemake.output.values)
    write_table(childhoods.compared_childhoods(*about), snakemake.output.compared)
