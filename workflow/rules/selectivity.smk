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


rule selectivity_null:
    input:
        f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/null/{network}/{layer}.nc",
    log:
        "<results>/logs/selectivity_null/{network}/{layer}.log",
    benchmark:
        "<results>/benchmarks/selectivity_null/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(800, 2),
        runtime=minutes(3, 0.1),
    params:
        **config["selectivity"],
        seed=config["seed"],
        code=code("selectivity_null"),
    script:
        "../scripts/selectivity_null.py"


rule selectivity_tables:
    input:
        selectivity=[
            f"<results>/selectivity/{network}/{layer}.nc" for network, layer in LAYERS
        ],
        null=[f"<results>/null/{network}/{layer}.nc" for network, layer in LAYERS],
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
