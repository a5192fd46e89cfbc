# The classifier that reads a population of units.
CLASSIFIER = {
    "n_components": config["confusion"]["components"],
    "C": config["confusion"]["C"],
    "min_units": config["confusion"]["min_units"],
}

# More than nurture.decoding.places.HELD is not held: stimuli are read in blocks instead.
READOUT_MB = 2500


# Who selected the units is read from the labels, to make sure that they are not tested. Both
# results come from one job, since starting it takes as long as a part of the work.
rule populations:
    input:
        select=f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
        train=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        test=f"<results>/activations/{{network}}/{EXPERIMENT['test_on']}/{{layer}}.nc",
        selectivity="<results>/selectivity/{network}/{layer}.nc",
    output:
        populations="<results>/populations/{network}/{layer}.nc",
        ablation="<results>/ablation/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 3, most=READOUT_MB),
        runtime=minutes(20, 0.2),
    params:
        **CLASSIFIER,
        draws=config["populations"]["draws"],
        ablations=config["populations"]["ablations"],
        seed=config["seed"],
        apart=cfg.kept_apart(config, "select_on", "train_on", "test_on"),
        code=code("populations"),
    script:
        "../scripts/populations.py"


rule populations_tables:
    input:
        populations=of_layers("populations", network_settings.readouts(config)),
        ablation=of_layers("ablation", network_settings.readouts(config)),
    output:
        populations="<results>/tables/populations.csv",
        ablation="<results>/tables/ablation.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        resamples=config["populations"]["resamples"],
        code=code("populations_tables"),
    script:
        "../scripts/populations_tables.py"


rule gain:
    input:
        training=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        generalisation=f"<results>/activations/{{network}}/{EXPERIMENT['test_on']}/{{layer}}.nc",
        units="<results>/selectivity/{network}/{layer}.nc",
    output:
        "<results>/gain/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 3, most=READOUT_MB),
        runtime=minutes(10, 0.05),
    params:
        **call(
            "decoding.gain.gain",
            **CLASSIFIER,
            gains=config["populations"]["gains"],
            accuracy=config["populations"]["gain_at"],
            draws=config["populations"]["ablations"],
            seed=config["seed"],
        ),
    script:
        "../scripts/call.py"


rule gain_table:
    input:
        results=of_layers("gain", network_settings.readouts(config)),
    output:
        "<results>/tables/gain.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        **call("decoding.gain.gain_table", resamples=config["populations"]["resamples"]),
    script:
        "../scripts/call.py"


# Controls are shown where the configuration names any: experiment.controls.
CONTROLS = EXPERIMENT["controls"]
UPRIGHT = (
    stimulus_settings.origin(config["stimuli"], CONTROLS[0]) if CONTROLS else "none"
)


use rule gain as controls with:
    input:
        units="<results>/selectivity/{network}/{layer}.nc",
        training=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        upright=f"<results>/activations/{{network}}/{UPRIGHT}/{{layer}}.nc",
        altered=[
            f"<results>/activations/{{network}}/{stimuli}/{{layer}}.nc"
            for stimuli in CONTROLS
        ],
    output:
        "<results>/controls/{network}/{layer}.nc",
    params:
        **call("decoding.controls.controls", **CLASSIFIER),


use rule gain_table as controls_table with:
    input:
        results=of_layers("controls", network_settings.readouts(config)),
    output:
        "<results>/tables/controls.csv",
    params:
        **call("decoding.controls.controls_table"),


rule figure_controls:
    input:
        controls="<results>/tables/controls.csv",
        upright=f"<results>/stimuli/{UPRIGHT}/images.nc",
        altered=[f"<results>/stimuli/{stimuli}/images.nc" for stimuli in CONTROLS],
    output:
        figure_files(figures.find("controls")),
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        **figures.find("controls").asked(config),
        style=figures.find("controls").changes(config),
        code=code("figure_controls"),
    script:
        "../scripts/figure_controls.py"
