from nurture.core.files import write_table
from nurture.networks.reading import read_network
from nurture.networks.reared import read_record
from nurture.rearing.diets import Studio
from nurture.rearing.training_check import check_training, learning_curves
from nurture.running.script import step
from nurture.stimuli.rendered.recipes import read_recipes

with step(snakemake):
    params, paths = snakemake.params, snakemake.input.networks
    recipe = params.recipe
    given = read_recipes(snakemake.input.action_units)
    studio = Studio(given, recipe["seed"], recipe["size"], params.device, params.kernels)
    files = dict(zip(params.networks, paths, strict=True))
    networks = {
        name: (one["diet"], read_network(files[name], one["settings"], [])[0])
        for name, one in params.networks.items()
    }
    check = check_training(networks, studio, recipe["classes"], params.check, recipe["seed"])
    write_table(check, snakemake.output.check)
    records = {name: read_record(path) for name, path in files.items()}
    write_table(learning_curves(records), snakemake.output.curves)
