# Baselines stand beside the networks: their files have the form of a layer's activations, and the
# same rules analyse them.
BASELINES = cfg.baseline_layers(config)
LAYERS = [*cfg.network_layers(config), *BASELINES]
READOUTS = [*cfg.readouts(config), *BASELINES]
PANELS = {**cfg.shown(config), **cfg.baseline_panels(config)}


rule baseline_pixels:
    input:
        "<results>/stimuli/{stimuli}/images.nc",
    output:
        f"<results>/activations/pixels/{{stimuli}}/{cfg.BASELINES['pixels']}.nc",
    log:
        "<results>/logs/baseline_pixels/{stimuli}.log",
    benchmark:
        "<results>/benchmarks/baseline_pixels/{stimuli}.tsv"
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=memory(800),
        runtime=minutes(5, 0.02),
    params:
        baseline="pixels",
        layer=cfg.BASELINES["pixels"],
        code=code("baseline_pixels"),
    script:
        "../scripts/baseline_pixels.py"


rule baseline_action_units:
    input:
        images="<results>/stimuli/{stimuli}/images.nc",
        action_units=config["faces"]["action_units"],
    output:
        f"<results>/activations/action-units/{{stimuli}}/{cfg.BASELINES['action-units']}.nc",
    log:
        "<results>/logs/baseline_action_units/{stimuli}.log",
    benchmark:
        "<results>/benchmarks/baseline_action_units/{stimuli}.tsv"
    wildcard_constraints:
        stimuli=cfg.stimuli_of(config, "expressions", "continua"),
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=memory(800),
        runtime=minutes(5, 0.02),
    params:
        baseline="action-units",
        layer=cfg.BASELINES["action-units"],
        code=code("baseline_action_units"),
    script:
        "../scripts/baseline_action_units.py"
