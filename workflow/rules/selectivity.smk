rule selectivity:
    input:
        f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/selectivity/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 2),
        runtime=minutes(2, 0.02),
    params:
        alpha=config["selectivity"]["alpha"],
        rule=config["selectivity"]["rule"],
        code=code("selectivity"),
    script:
        "../scripts/selectivity.py"


rule selectivity_permutation:
    input:
        activations=f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/permutation/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 2),
        runtime=minutes(3, 0.1),
    params:
        **call(
            "selectivity.permutation.selectivity_permutation",
            **{
                name: config["selectivity"][name]
                for name in ("alpha", "rule", "permutations", "splits", "parts")
            },
            seed=config["seed"],
        ),
    script:
        "../scripts/call.py"


rule selectivity_tables:
    input:
        results=of_layers("selectivity", LAYERS),
        nulls=of_layers("permutation", LAYERS),
    output:
        "<results>/tables/selective_units.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        **call("selectivity.selectivity_tables.selective_units"),
    script:
        "../scripts/call.py"


use rule selectivity_tables as tuning_tables with:
    input:
        activations=[
            f"<results>/activations/{network}/{EXPERIMENT['select_on']}/{row['readout']}.nc"
            for network, row in activation_settings.picked(config, "shown").items()
        ],
    output:
        "<results>/tables/tuning.csv",
    resources:
        mem_mb=memory(1000, 2),
        runtime=minutes(2, 0.02),
    params:
        **call(
            "selectivity.tuning_tables.tuning",
            alpha=config["selectivity"]["alpha"],
            rule=config["selectivity"]["rule"],
        ),


use rule tuning_tables as selection_rules_tables with:
    output:
        "<results>/tables/selection_rules.csv",
    resources:
        mem_mb=memory(1000, 2),
        runtime=minutes(10, 0.1),
    params:
        **call(
            "selectivity.selection_rules_tables.selection_rules",
            alpha=config["selectivity"]["alpha"],
            permutations=config["selectivity"]["rule_permutations"],
            seed=config["seed"],
        ),
