from nurture.core.files import write_table
from nurture.experience.experience_tables import experience
from nurture.experience.measures import read_measures
from nurture.running.script import step

with step(snakemake):
    params = snakemake.params
    measures, units = read_measures(snakemake.input, params.resamples, params.seed)
    about = params.networks, params.controls, params.groups, params.reared
    write_table(experience(measures, units, *about), snakemake.output[0])
