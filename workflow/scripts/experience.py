from pathlib import Path

from nurture import human
from nurture.files import open_dataset, read_table, write_table
from nurture.samples import make_samples
from nurture.script import step
from nurture.tables import experience as tables

with step(snakemake):
    given, params = snakemake.input, snakemake.params
    results = [open_dataset(path, "confusion", ["answer"]) for path in given.confusion]
    samples = make_samples(results, {}, params.resamples, params.seed)
    people = human.read_humans(Path(given.human[0]).parent, read=human.read_counts)
    ablations = [open_dataset(path, "populations", ["hits"]) for path in given.ablation]
    units = read_table(given.units, "selectivity_tables")
    fits = read_table(given.fits, "categorical_tables")
    excess = read_table(given.discrimination, "discrimination_tables")
    measures = {
        **tables.of_units(units),
        **tables.of_confusions(samples, people),
        **tables.of_continua(fits, excess),
        **tables.of_ablation(ablations, params.resamples),
    }
    about = params.networks, params.twins, params.groups, params.reared
    write_table(tables.experience(measures, units, *about), snakemake.output[0])
