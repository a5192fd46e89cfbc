from nurture.core.file_digest import contents_of

EXPERIMENT_SETS = observer_settings.shown_sets(config)


# What is shown to people. Nothing that a run makes by itself reads it.
rule experiment:
    input:
        human=cfg.human_files(config),
        texts=config["observers"]["texts"],
        images=[f"<results>/stimuli/{name}/images.nc" for name in EXPERIMENT_SETS],
    output:
        index="<results>/experiment/index.html",
        lists="<results>/experiment/lists.js",
        static=[f"<results>/experiment/{name}" for name in observer_settings.STATIC],
        balance="<results>/experiment/balance.csv",
        precision="<results>/experiment/precision.csv",
        preregistration="<results>/experiment/preregistration.md",
        images=directory("<results>/experiment/images"),
    log:
        "<results>/logs/experiment.log",
    benchmark:
        "<results>/benchmarks/experiment.tsv"
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(20),
    params:
        sets=EXPERIMENT_SETS,
        roles={
            "practice": observer_settings.practice_set(config),
            **{
                task: EXPERIMENT[role]
                for task, role in observer_settings.ROLES.items()
            },
        },
        observers={
            key: value for key, value in config["observers"].items() if key != "texts"
        },
        reference=config["human"]["reference"],
        networks=EXPERIMENT["networks"],
        seed=config["seed"],
        contents=contents_of(["folder @workflow/nurture/observers/page"]),
        code=code("experiment"),
    script:
        "../scripts/experiment.py"
