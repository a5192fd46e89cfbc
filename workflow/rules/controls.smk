# Controls are shown where the configuration names any: experiment.controls.
CONTROLS = EXPERIMENT["controls"]
UPRIGHT = cfg.origin(config["stimuli"], CONTROLS[0]) if CONTROLS else "none"


rule controls:
    input:
        selectivity="<results>/selectivity/{network}/{layer}.nc",
        train=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        upright=f"<results>/activations/{{network}}/{UPRIGHT}/{{layer}}.nc",
        altered=[
            f"<results>/activations/{{network}}/{stimuli}/{{layer}}.nc"
            for stimuli in CONTROLS
        ],
    output:
        "<results>/controls/{network}/{layer}.nc",
    log:
        "<results>/logs/controls/{network}/{layer}.log",
    benchmark:
        "<results>/benchmarks/controls/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(800, 3),
        runtime=minutes(10, 0.05),
    params:
        **{
            key: config["confusion"][key]
            for key in ("components", "penalty", "min_units")
        },
        code=code("controls"),
    script:
        "../scripts/controls.py"


rule controls_table:
    input:
        [
            f"<results>/controls/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
        ],
    output:
        "<results>/tables/controls.csv",
    log:
        "<results>/logs/controls_table.log",
    benchmark:
        "<results>/benchmarks/controls_table.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        code=code("controls_table"),
    script:
        "../scripts/controls_table.py"


rule figure_controls:
    input:
        controls="<results>/tables/controls.csv",
        upright=f"<results>/stimuli/{UPRIGHT}/images.nc",
        altered=[f"<results>/stimuli/{stimuli}/images.nc" for stimuli in CONTROLS],
    output:
        report(
            "<results>/figures/controls.svg",
            caption="../report/controls.rst",
            category="Units",
        ),
        *multiext("<results>/figures/controls", ".png", ".pdf"),
    log:
        "<results>/logs/figures/controls.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=cfg.shown(config),
        style=cfg.shown_style(config, "controls"),
        code=code("figure_controls"),
    script:
        "../scripts/figure_controls.py"


CONTROL_FIGURES = [*rules.figure_controls.output] if CONTROLS else []
