# One job a network and stimulus set, since one forward pass gives all its layers. The number of
# layers differs between networks and Snakemake's outputs cannot depend on wildcards: hence a rule
# for each pair, made in a loop.
for network, stimuli in cfg.extractions(config):

    rule:
        name:
            f"activations_{network}_{stimuli}"
        input:
            images=f"results/stimuli/{stimuli}/images.nc",
            network=f"results/networks/{network}.safetensors",
        output:
            expand(
                "results/activations/{network}/{stimuli}/{layer}.nc",
                network=network,
                stimuli=stimuli,
                layer=cfg.extracted_layers(config, network, stimuli),
            ),
        log:
            f"results/logs/activations/{network}/{stimuli}.log",
        benchmark:
            f"results/benchmarks/activations/{network}/{stimuli}.tsv"
        conda:
            "../../envs/extract.yaml"
        threads: 1
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            network=network,
            settings=config["networks"][network],
            layers=cfg.extracted_layers(config, network, stimuli),
            batch=config["activations"]["batch"],
            device=config["activations"]["device"],
            code=code("activations"),
        script:
            "../scripts/activations.py"
