# One job a network and stimulus set, since one forward pass gives all its layers; layers that are
# new beside others get a second one, see nurture/running/passes.py. The number of layers differs
# between networks and Snakemake's outputs cannot depend on wildcards: hence a rule for each job.
for extraction in passes.extraction_jobs(config):
    network, stimuli, files, _ = extraction

    rule:
        name:
            extraction.name
        input:
            images=f"<results>/stimuli/{stimuli}/images.nc",
            network=f"<results>/networks/{network}.safetensors",
        output:
            files,
        conda:
            "../../envs/extract.yaml"
        resources:
            mem_mb=memory(300 + round(1100 * config["activations"]["memory"])),
            runtime=minutes(20, 2),
        params:
            # The last bits of an activation depend on how many images were shown at once.
            **config["activations"],
            network=network,
            settings=network_settings.preprocessing(config, network),
            # An own network's code is run again.
            contents=(
                network_settings.weights_contents(config, network)
                if cfg.is_own(config["networks"][network]["architecture"])
                else {}
            ),
            code=code("activations"),
        script:
            "../scripts/activations.py"

    # A profile's `set-resources: activations:` means every one of them, as in profiles/gpu.
    workflow.get_rule(extraction.name).resources.update(
        workflow.resource_settings.overwrite_resources.get("activations", {})
    )


# Baselines stand beside the networks: their files have the form of a layer's activations, and the
# same rules analyse them.
BASELINES = activation_settings.baseline_layers(config)
LAYERS = [*network_settings.network_layers(config), *BASELINES]
READOUTS = [*network_settings.readouts(config), *BASELINES]


rule baseline_pixels:
    input:
        "<results>/stimuli/{stimuli}/images.nc",
    output:
        f"<results>/activations/pixels/{{stimuli}}/{activation_settings.BASELINES['pixels']}.nc",
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(800),
        runtime=minutes(5, 0.02),
    params:
        baseline="pixels",
        layer=activation_settings.BASELINES["pixels"],
        code=code("baseline_pixels"),
    script:
        "../scripts/baseline_pixels.py"


rule baseline_action_units:
    input:
        images="<results>/stimuli/{stimuli}/images.nc",
        action_units=config["faces"]["action_units"],
    output:
        f"<results>/activations/action-units/{{stimuli}}/{activation_settings.BASELINES['action-units']}.nc",
    wildcard_constraints:
        stimuli=stimulus_settings.stimuli_of(config, "expressions", "continua"),
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(800),
        runtime=minutes(5, 0.02),
    params:
        baseline="action-units",
        layer=activation_settings.BASELINES["action-units"],
        code=code("baseline_action_units"),
    script:
        "../scripts/baseline_action_units.py"
