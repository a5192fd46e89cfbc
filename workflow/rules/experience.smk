# What the experience of a network changes, what the stimuli bring with them, and what that says of
# the paper's claims.
RECIPES = [config["faces"]["action_units"]] if "action-units" in dict(BASELINES) else []


rule baseline_tables:
    input:
        confusion=CONFUSIONS,
        action_units=RECIPES,
    output:
        "<results>/tables/baseline_similarity.csv",
    log:
        "<results>/logs/baseline_tables.log",
    benchmark:
        "<results>/benchmarks/baseline_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        twins=cfg.twins(config),
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("baseline_tables"),
    script:
        "../scripts/baseline_tables.py"


rule experience:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
        ablation=[
            f"<results>/ablation/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
        ],
        units="<results>/tables/selective_units.csv",
        fits="<results>/tables/fits.csv",
        discrimination="<results>/tables/discrimination.csv",
    output:
        "<results>/tables/experience.csv",
    log:
        "<results>/logs/experience.log",
    benchmark:
        "<results>/benchmarks/experience.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        networks={**cfg.finished(config), **cfg.baseline_panels(config)},
        twins=cfg.untrained_twins(config),
        groups=cfg.twins(config),
        reared=list(cfg.reared(config)),
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("experience"),
    script:
        "../scripts/experience.py"


rule replication:
    input:
        published=PUBLISHED,
        people=["config/human/zhou2022.csv", "config/human/zhou2022-natural.csv"],
        units="<results>/tables/selective_units.csv",
        accuracy="<results>/tables/accuracy_resampled.csv",
        similarity="<results>/tables/human_similarity.csv",
        baselines="<results>/tables/baseline_similarity.csv",
        fit_comparisons="<results>/tables/fit_comparisons.csv",
        experience="<results>/tables/experience.csv",
    output:
        table="<results>/tables/replication.csv",
        text="<results>/replication.md",
    log:
        "<results>/logs/replication.log",
    benchmark:
        "<results>/benchmarks/replication.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks={
            name: {**settings, "architecture": cfg.architectures(config)[name]}
            for name, settings in cfg.not_reared(config).items()
        },
        caveats=cfg.caveats(config),
        code=code("replication"),
    script:
        "../scripts/replication.py"
