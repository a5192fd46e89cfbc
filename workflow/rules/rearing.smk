# Networks are reared where config/rearing.yaml asks for it; those of config/reared were reared so.
CHECKED = rearing_settings.checked(config)
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
    wildcard_constraints:
        diet="[a-z]+",
    conda:
        "../../envs/extract.yaml"
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


rule training_check:
    input:
        action_units=config["faces"]["action_units"],
        networks=[f"<results>/networks/{network}.safetensors" for network in CHECKED],
    output:
        check="<results>/tables/training_check.csv",
        curves="<results>/tables/learning_curves.csv",
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        networks=CHECKED,
        recipe={key: config["rearing"][key] for key in ("seed", "size", "classes")},
        check=config["training_check"],
        device=config["rearing"]["device"],
        kernels=f"{config['results']}/cache/warp",
        code=code("training_check"),
    script:
        "../scripts/training_check.py"


# One architecture, several training diets: wanted where the configuration has two or more.
REARED = rearing_settings.diets(config)
REARED_READOUTS = [
    pair for pair in network_settings.readouts(config) if pair[0] in REARED
]


rule diets:
    input:
        human=cfg.human_files(config),
        networks=[
            f"<results>/networks/{network}.safetensors"
            for network, row in REARED.items()
            if row["images"] is None
        ],
        confusion=[
            f"<results>/confusion/{network}/{layer}/{EXPERIMENT['test_on']}.nc"
            for network, layer in REARED_READOUTS
        ],
        ablation=of_layers("ablation", REARED_READOUTS),
        permutation=of_layers("permutation", LAYERS),
        units="<results>/tables/selective_units.csv",
        fits="<results>/tables/fits.csv",
        discrimination="<results>/tables/discrimination.csv",
    output:
        values="<results>/tables/diets.csv",
        compared="<results>/tables/diets_compared.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        networks=REARED,
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("diets"),
    script:
        "../scripts/diets.py"
