rule categorical:
    input:
        selectivity="results/selectivity/{network}/{layer}.nc",
        train=f"results/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        morphs=f"results/activations/{{network}}/{EXPERIMENT['morphs']}/{{layer}}.nc",
    output:
        "results/categorical/{network}/{layer}.nc",
    log:
        "results/logs/categorical/{network}/{layer}.log",
    benchmark:
        "results/benchmarks/categorical/{network}/{layer}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=1800,
        runtime=20,
    params:
        **config["confusion"],
        code=code("categorical"),
    script:
        "../scripts/categorical.py"


rule categorical_tables:
    input:
        human=cfg.human_files(config),
        categorical=[
            f"results/categorical/{network}/{layer}.nc"
            for network, layer in cfg.readouts(config)
        ],
    output:
        identification="results/tables/identification.csv",
        fits="results/tables/fits.csv",
        notes="results/tables/categorical_notes.csv",
        human="results/tables/human_identification.csv",
    log:
        "results/logs/categorical_tables.log",
    benchmark:
        "results/benchmarks/categorical_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=code("categorical_tables"),
    script:
        "../scripts/categorical_tables.py"
