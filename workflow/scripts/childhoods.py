from pathlib import Path

from nurture import human
from nurture.files import open_dataset, read_table, write_table
from nurture.networks.reared import read_record
from nurture.samples import make_samples
from nurture.script import step
from nurture.tables import childhoods, experience

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
        **experience.of_units(units),
        **experience.of_confusions(samples, people),
        **experience.of_continua(fits, excess),
        **experience.of_ablation(ablations, params.resamples),
    }
    # How much a network had seen when its rearing was over stands in its file.
    for path in given.networks:
        params.networks[Path(path).stem]["images"] = read_record(path)["rearing"]["seen"]
    about = measures, units, params.networks
    write_table(childhoods.childhoods(*about), snakemake.output.values)
    write_table(childhoods.compared_childhoods(*about), snakemake.output.compared)
