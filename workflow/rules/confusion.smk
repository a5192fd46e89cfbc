rule confusion:
    input:
        selectivity="results/selectivity/{network}/{layer}.nc",
        train=f"results/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        test="results/activations/{network}/{stimuli}/{layer}.nc",
    output:
        "results/confusion/{network}/{layer}/{stimuli}.nc",
    log:
        "results/logs/confusion/{network}/{layer}/{stimuli}.log",
    benchmark:
        "results/benchmarks/confusion/{network}/{layer}/{stimuli}.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=1800,
        runtime=20,
    params:
        **config["confusion"],
        seed=config["seed"],
        code=code("confusion"),
    script:
        "../scripts/confusion.py"


rule confusion_tables:
    input:
        human=cfg.human_files(config),
        confusion=[
            f"results/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
            for network, layer in cfg.readouts(config)
        ],
    output:
        confusion="results/tables/confusion.csv",
        scores="results/tables/confusion_scores.csv",
        similarity="results/tables/human_similarity.csv",
        human="results/tables/human_confusion.csv",
        agreement="results/tables/human_agreement.csv",
    log:
        "results/logs/confusion_tables.log",
    benchmark:
        "results/benchmarks/confusion_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=code("confusion_tables"),
    script:
        "../scripts/confusion_tables.py"
