CONFUSIONS = [
    f"<results>/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
    for network, layer in READOUTS
]


rule confusion:
    input:
        selectivity="<results>/selectivity/{network}/{layer}.nc",
        train=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        test="<results>/activations/{network}/{stimuli}/{layer}.nc",
    output:
        "<results>/confusion/{network}/{layer}/{stimuli}.nc",
    log:
        "<results>/logs/confusion/{network}/{layer}/{stimuli}.log",
    benchmark:
        "<results>/benchmarks/confusion/{network}/{layer}/{stimuli}.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 3, most=READOUT_MB),
        runtime=minutes(10, 0.05),
    params:
        **CLASSIFIER,
        **{
            key: config["confusion"][key]
            for key in ("retrainings", "folds", "noise_draws")
        },
        draws=config["populations"]["draws"],
        seed=config["seed"],
        code=code("confusion"),
    script:
        "../scripts/confusion.py"


rule confusion_tables:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
    output:
        confusion="<results>/tables/confusion.csv",
        scores="<results>/tables/confusion_scores.csv",
        human="<results>/tables/human_confusion.csv",
    log:
        "<results>/logs/confusion_tables.log",
    benchmark:
        "<results>/benchmarks/confusion_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        code=code("confusion_tables"),
    script:
        "../scripts/confusion_tables.py"


rule likeness_tables:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
    output:
        similarity="<results>/tables/human_similarity.csv",
        matched="<results>/tables/likeness_matched.csv",
        agreement="<results>/tables/human_agreement.csv",
        ceiling="<results>/tables/noise_ceiling.csv",
    log:
        "<results>/logs/likeness_tables.log",
    benchmark:
        "<results>/benchmarks/likeness_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        replicates=network_settings.replicates(config),
        resamples=config["confusion"]["resamples"],
        matched=config["confusion"]["matched"],
        seed=config["seed"],
        code=code("likeness_tables"),
    script:
        "../scripts/likeness_tables.py"


rule choice_tables:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
    output:
        bias="<results>/tables/bias.csv",
        similarity="<results>/tables/similarity.csv",
        fit="<results>/tables/choice_fit.csv",
    log:
        "<results>/logs/choice_tables.log",
    benchmark:
        "<results>/benchmarks/choice_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        replicates=network_settings.replicates(config),
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("choice_tables"),
    script:
        "../scripts/choice_tables.py"


rule accuracy_tables:
    input:
        confusion=CONFUSIONS,
    output:
        resampled="<results>/tables/accuracy_resampled.csv",
        histogram="<results>/tables/accuracy_histogram.csv",
    log:
        "<results>/logs/accuracy_tables.log",
    benchmark:
        "<results>/benchmarks/accuracy_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        replicates=network_settings.replicates(config),
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("accuracy_tables"),
    script:
        "../scripts/accuracy_tables.py"


# Networks and baselines, with the layers of which the geometry is described.
READ = [
    *network_settings.network_layers(config),
    *activation_settings.baseline_layers(config),
]


# Layers of a network together, since starting a job takes longer than a layer.
rule geometry:
    input:
        activations=lambda wildcards: [
            f"<results>/activations/{network}/{EXPERIMENT['select_on']}/{layer}.nc"
            for network, layer in READ
            if network == wildcards.network
        ],
        varied=lambda wildcards: [
            f"<results>/activations/{wildcards.network}/{graded}/{layer}.nc"
            for graded in stimulus_settings.graded(config)
            for network, layer in [
                *network_settings.readouts(config),
                *activation_settings.baseline_layers(config),
            ]
            if network == wildcards.network
        ],
    output:
        "<results>/geometry/{network}.nc",
    log:
        "<results>/logs/geometry/{network}.log",
    benchmark:
        "<results>/benchmarks/geometry/{network}.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800),
        runtime=minutes(5, 0.02),
    params:
        **call("confusion.geometry.geometry", seed=config["seed"]),
    script:
        "../scripts/call.py"


rule geometry_table:
    input:
        human=cfg.human_files(config),
        geometry=[
            f"<results>/geometry/{network}.nc"
            for network in dict.fromkeys(network for network, _ in READ)
        ],
    output:
        "<results>/tables/geometry.csv",
    log:
        "<results>/logs/geometry_table.log",
    benchmark:
        "<results>/benchmarks/geometry_table.tsv"
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        code=code("geometry_table"),
    script:
        "../scripts/geometry_table.py"
