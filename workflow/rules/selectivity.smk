rule selectivity:
    input:
        f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/selectivity/{network}/{layer}.nc",
    log:
        "<results>/logs/selectivity/{network}/{layer}.log",
    benchmark:
        "<results>/benchmarks/selectivity/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(800, 2),
        runtime=minutes(2, 0.02),
    params:
        alpha=config["selectivity"]["alpha"],
        code=code("selectivity"),
    script:
        "../scripts/selectivity.py"


rule selectivity_permutation:
    input:
        f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/permutation/{network}/{layer}.nc",
    log:
        "<results>/logs/selectivity_permutation/{network}/{layer}.log",
    benchmark:
        "<results>/benchmarks/selectivity_permutation/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(800, 2),
        runtime=minutes(3, 0.1),
    params:
        **config["selectivity"],
        seed=config["seed"],
        code=code("selectivity_permutation"),
    script:
        "../scripts/selectivity_permutation.py"


rule selectivity_tables:
    input:
        selectivity=[
            f"<results>/selectivity/{network}/{layer}.nc" for network, layer in LAYERS
        ],
        null=[
            f"<results>/permutation/{network}/{layer}.nc" for network, layer in LAYERS
        ],
    output:
        units="<results>/tables/selective_units.csv",
        tuning="<results>/tables/tuning.csv",
    log:
        "<results>/logs/selectivity_tables.log",
    benchmark:
        "<results>/benchmarks/selectivity_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        code=code("selectivity_tables"),
    script:
        "../scripts/selectivity_tables.py"
