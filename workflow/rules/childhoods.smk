# One architecture and several childhoods. Wanted where the configuration has two diets or more.
REARED = cfg.childhoods(config)


rule childhoods:
    input:
        human=cfg.human_files(config),
        networks=[
            f"<results>/networks/{network}.safetensors"
            for network, told in REARED.items()
            if told["images"] is None
        ],
        confusion=[
            f"<results>/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
            for network, layer in cfg.readouts(config)
            if network in REARED
        ],
        ablation=[
            f"<results>/ablation/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
            if network in REARED
        ],
        units="<results>/tables/selective_units.csv",
        fits="<results>/tables/fits.csv",
        discrimination="<results>/tables/discrimination.csv",
    output:
        values="<results>/tables/childhoods.csv",
        compared="<results>/tables/childhoods_compared.csv",
    log:
        "<results>/logs/childhoods.log",
    benchmark:
        "<results>/benchmarks/childhoods.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        networks=REARED,
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("childhoods"),
    script:
        "../scripts/childhoods.py"


rule figure_childhoods:
    input:
        values="<results>/tables/childhoods.csv",
        compared="<results>/tables/childhoods_compared.csv",
        scores="<results>/tables/confusion_scores.csv",
    output:
        report(
            "<results>/figures/childhoods.svg",
            caption="../report/childhoods.rst",
            category="Experience",
        ),
        *multiext("<results>/figures/childhoods", ".png", ".pdf"),
    log:
        "<results>/logs/figures/childhoods.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        readout=cfg.childhood_readout(config),
        style=cfg.figure_style(config, "childhoods"),
        code=code("figure_childhoods"),
    script:
        "../scripts/figure_childhoods.py"


rule figure_training_time:
    input:
        values="<results>/tables/childhoods.csv",
    output:
        report(
            "<results>/figures/training_time.svg",
            caption="../report/training_time.rst",
            category="Experience",
        ),
        *multiext("<results>/figures/training_time", ".png", ".pdf"),
    log:
        "<results>/logs/figures/training_time.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        readout=cfg.childhood_readout(config),
        style=cfg.figure_style(config, "training_time"),
        code=code("figure_training_time"),
    script:
        "../scripts/figure_training_time.py"


CHILDHOOD_FIGURES = [
    *(rules.figure_rearing.output if PROVEN else []),
    *(rules.figure_childhoods.output if REARED else []),
    *(
        rules.figure_training_time.output
        if any(told["images"] and not told["finished"] for told in REARED.values())
        else []
    ),
]
