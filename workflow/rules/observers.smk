from nurture.core.file_digest import contents_of

EXPERIMENT_SETS = observer_settings.shown_sets(config)
PAIRS_COMPARED = observer_settings.compared(config)
OF_PAIRS = {
    "discrimination": "<results>/tables/observer_discrimination.csv",
    "distances": "<results>/tables/pair_distances.csv",
    "discrimination_correlation": "<results>/tables/discrimination_correlation.csv",
}


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


use rule discrimination as observer_distances with:
    output:
        "<results>/observers/{network}/{layer}.nc",
    params:
        **call(
            "categorical.discrimination.unit_distances",
            min_units=config["confusion"]["min_units"],
            step=config["observers"]["abx"]["step"],
        ),


use rule discrimination_pixels as observer_distances_pixels with:
    output:
        "<results>/observers/pixels.nc",
    params:
        **call(
            "categorical.discrimination.pixel_distances",
            step=config["observers"]["abx"]["step"],
        ),


# Wanted where a human set is of observers who were shown the very images of the test set.
rule observers_tables:
    input:
        trials=observer_settings.trial_files(config),
        images=f"<results>/stimuli/{EXPERIMENT['test_on']}/images.nc",
        morphs=f"<results>/stimuli/{EXPERIMENT['morphs']}/images.nc",
        fits="<results>/tables/fits.csv",
        confusion=CONFUSIONS,
        distances=[
            f"<results>/observers/{network}/{layer}.nc"
            for network, layer in network_settings.readouts(config)
            if PAIRS_COMPARED
        ],
        pixels=["<results>/observers/pixels.nc"] * PAIRS_COMPARED,
    output:
        **(OF_PAIRS if PAIRS_COMPARED else {}),
        consistency="<results>/tables/error_consistency.csv",
        likeness="<results>/tables/observers_likeness.csv",
        identification="<results>/tables/observer_identification.csv",
        boundaries="<results>/tables/observer_boundaries.csv",
        correlation="<results>/tables/boundary_correlation.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(15),
    params:
        sets={
            name: entry["faces"]
            for name, entry in observer_settings.own_sets(config).items()
        },
        resamples=config["categorical"]["resamples"],
        step=config["observers"]["abx"]["step"],
        seed=config["seed"],
        code=code("observers_tables"),
    script:
        "../scripts/observers_tables.py"
