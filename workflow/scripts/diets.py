from pathlib import Path

from nurture.core.files import write_table
from nurture.experience.measures import read_measures
from nurture.networks.reared import read_record
from nurture.rearing import diets_tables as tables
from nurture.running.script import step

with step(snakemake):
    params = snakemake.params
    measures, units = read_measures(snakemake.input, params.resamples, params.seed)
    # How much a network had seen when its rearing was over stands in its file.
    seen = {
        Path(path).stem: {"images": read_record(path)["rearing"]["seen"]}
        for path in snakemake.input.networks
    }
    networks = {name: one | seen.get(name, {}) for name, one in params.networks.items()}
    about = measures, units, networks
    write_table(tables.diets(*about), snakemake.output.values)
    write_table(tables.compared_diets(*about), snakemake.output.compared)
