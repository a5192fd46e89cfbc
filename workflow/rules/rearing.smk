# Networks are reared where config/rearing.yaml asks for it; those of config/reared were reared so.
PROVEN = rearing_settings.proven(config)
REARED_ANEW = rearing_settings.reared_anew(config)


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


# One architecture and several childhoods. Wanted where the configuration has two diets or more.
REARED = rearing_settings.childhoods(config)


rule childhoods:
    input:
        human=cfg.human_files(config),
        networks=[
            f"<results>/networks/{network}.safetensors"
            for network, told in REARED.items()
            if told["images"] is None
        ],
        confusion=[
            f"<results>/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
            for network, layer in network_settings.readouts(config)
            if network in REARED
        ],
        ablation=[
            f"<results>/ablation/{network}/{layer}.nc"
            for network, layer in network_settings.readouts(config)
            if network in REARED
        ],
        units="<results>/tables/selective_units.csv",
        fits="<results>/tables/fits.csv",
        discrimination="<results>/tables/discrimination.csv",
    output:
        values="<results>/tables/childhoods.csv",
        compared="<results>/tables/childhoods_compared.csv",
    log:
        "<results>/logs/childhoods.log",
    benchmark:
        "<results>/benchmarks/childhoods.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        networks=REARED,
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("childhoods"),
    script:
        "../scripts/childhoods.py"
