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
    log:
        "<results>/logs/populations/{network}/{layer}.log",
    benchmark:
        "<results>/benchmarks/populations/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(800, 3),
        runtime=minutes(20, 0.2),
    params:
        **{
            key: config["confusion"][key]
            for key in ("components", "penalty", "min_units")
        },
        draws=config["populations"]["draws"],
        silencings=config["populations"]["silencings"],
        seed=config["seed"],
        apart=cfg.kept_apart(config, "select_on", "train_on", "test_on"),
        code=code("populations"),
    script:
        "../scripts/populations.py"


rule populations_tables:
    input:
        populations=[
            f"<results>/populations/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
        ],
        ablation=[
            f"<results>/ablation/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
        ],
    output:
        populations="<results>/tables/populations.csv",
        ablation="<results>/tables/ablation.csv",
    log:
        "<results>/logs/populations_tables.log",
    benchmark:
        "<results>/benchmarks/populations_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        resamples=config["populations"]["resamples"],
        code=code("populations_tables"),
    script:
        "../scripts/populations_tables.py"
