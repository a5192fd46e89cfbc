# Networks are reared where config/rearing.yaml asks for it; those of config/reared were reared so.
PROVEN = cfg.proven(config)
REARED_ANEW = cfg.reared_anew(config)


rule rear:
    input:
        action_units=config["faces"]["action_units"],
    output:
        [
            f"<results>/reared/{{diet}}-{seed}{after}.safetensors"
            for seed in config["rearing"]["seeds"]
            for after in [
                "",
                *(f"-after-{n}" for n in config["rearing"]["checkpoints"]),
            ]
        ],
    log:
        "<results>/logs/rear/{diet}.log",
    benchmark:
        "<results>/benchmarks/rear/{diet}.tsv"
    wildcard_constraints:
        diet="[a-z]+",
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=memory(2500),
        runtime=minutes(240),
    params:
        recipe={
            key: value for key, value in config["rearing"].items() if key != "device"
        },
        device=config["rearing"]["device"],
        kernels=f"{config['results']}/cache/warp",
        kept=f"{config['results']}/cache/rearing",
        code=code("rear"),
    script:
        "../scripts/rear.py"


rule childhood_proof:
    input:
        action_units=config["faces"]["action_units"],
        networks=[f"<results>/networks/{network}.safetensors" for network in PROVEN],
    output:
        proof="<results>/tables/childhood.csv",
        curves="<results>/tables/learning_curves.csv",
    log:
        "<results>/logs/childhood_proof.log",
    benchmark:
        "<results>/benchmarks/childhood_proof.tsv"
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        networks=PROVEN,
        recipe={key: config["rearing"][key] for key in ("seed", "size", "classes")},
        proof=config["childhood_proof"],
        device=config["rearing"]["device"],
        kernels=f"{config['results']}/cache/warp",
        code=code("childhood_proof"),
    script:
        "../scripts/childhood_proof.py"


rule figure_rearing:
    input:
        proof="<results>/tables/childhood.csv",
        curves="<results>/tables/learning_curves.csv",
    output:
        report(
            "<results>/figures/rearing.svg",
            caption="../report/rearing.rst",
            category="Experience",
        ),
        *multiext("<results>/figures/rearing", ".png", ".pdf"),
    log:
        "<results>/logs/figures/rearing.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        style=cfg.figure_style(config, "rearing"),
        code=code("figure_rearing"),
    script:
        "../scripts/figure_rearing.py"
