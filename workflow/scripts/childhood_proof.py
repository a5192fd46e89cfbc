from nurture.core.files import write_table
from nurture.networks.reading import read_network
from nurture.networks.reared import read_record
from nurture.rearing.diets import Studio
from nurture.rearing.proof import learning_curves, prove
from nurture.running.script import step
from nurture.stimuli.rendered.recipes import read_recipes

with step(snakemake):
    params, paths = snakemake.params, snakemake.input.networks
    recipe = params.recipe
    given = read_recipes(snakemake.input.action_units)
    studio = Studio(given, recipe["seed"], recipe["size"], params.device, params.kernels)
    files = dict(zip(params.networks, paths, strict=True))
    networks = {
        name: (told["diet"], read_network(files[name], told["settings"], [])[0])
        for name, told in params.networks.items()
    }
    proof = prove(networks, studio, recipe["classes"], params.proof, recipe["seed"])
    write_table(proof, snakemake.output.proof)
    records = {name: read_record(path) for name, path in files.items()}
    write_table(learning_curves(records), snakemake.output.curves)
