CONFUSIONS = [
    f"<results>/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
    for network, layer in READOUTS
]

RESAMPLING = {
    "replicates": network_settings.replicates(config),
    "resamples": config["confusion"]["resamples"],
    "seed": config["seed"],
}


rule confusion:
    input:
        units="<results>/selectivity/{network}/{layer}.nc",
        training=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        generalisation="<results>/activations/{network}/{stimuli}/{layer}.nc",
    output:
        "<results>/confusion/{network}/{layer}/{stimuli}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 3, most=READOUT_MB),
        runtime=minutes(10, 0.05),
    params:
        **call(
            "confusion.confusion.confusion",
            **CLASSIFIER,
            retrainings=config["confusion"]["retrainings"],
            folds=config["confusion"]["folds"],
            noise_draws=config["confusion"]["noise_draws"],
            draws=config["populations"]["draws"],
            seed=config["seed"],
        ),
    script:
        "../scripts/call.py"


rule confusion_tables:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
    output:
        confusion="<results>/tables/confusion.csv",
        scores="<results>/tables/confusion_scores.csv",
        human="<results>/tables/human_confusion.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
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
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        **RESAMPLING,
        matched=config["confusion"]["matched"],
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
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        **RESAMPLING,
        code=code("choice_tables"),
    script:
        "../scripts/choice_tables.py"


rule accuracy_tables:
    input:
        confusion=CONFUSIONS,
    output:
        resampled="<results>/tables/accuracy_resampled.csv",
        histogram="<results>/tables/accuracy_histogram.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        **RESAMPLING,
        code=code("accuracy_tables"),
    script:
        "../scripts/accuracy_tables.py"


# Layers of a network together, since starting a job takes longer than a layer.
rule geometry:
    input:
        activations=lambda wildcards: [
            f"<results>/activations/{network}/{EXPERIMENT['select_on']}/{layer}.nc"
            for network, layer in LAYERS
            if network == wildcards.network
        ],
        varied=lambda wildcards: [
            f"<results>/activations/{wildcards.network}/{graded}/{layer}.nc"
            for graded in stimulus_settings.graded(config)
            for network, layer in READOUTS
            if network == wildcards.network
        ],
    output:
        "<results>/geometry/{network}.nc",
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
            for network in dict.fromkeys(network for network, _ in LAYERS)
        ],
    output:
        "<results>/tables/geometry.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        code=code("geometry_table"),
    script:
        "../scripts/geometry_table.py"
