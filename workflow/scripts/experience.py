from nurture.core.files import write_table
from nurture.experience.experience_tables import experience
from nurture.experience.measures import read_answers, read_measures
from nurture.running.script import step

with step(snakemake):
    params = snakemake.params
    given = snakemake.input, params.resamples, params.seed
    measures, units = read_measures(*given)
    measures |= read_answers(*given)
    about = params.networks, params.controls, params.groups, params.reared
    write_table(experience(measures, units, *about), snakemake.output[0])
