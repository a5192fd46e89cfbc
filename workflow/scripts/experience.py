from nurture.files import write_table
from nurture.script import step
from nurture.tables.experience import experience
from nurture.tables.measured import read_measures

with step(snakemake):
    params = snakemake.params
    measures, units = read_measures(snakemake.input, params.resamples, params.seed)
    about = params.networks, params.twins, params.groups, params.reared
    write_table(experience(measures, units, *about), snakemake.output[0])
