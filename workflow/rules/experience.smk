PUBLISHED = sorted(str(path) for path in Path("config/published").glob("*.*"))


rule published_tables:
    input:
        published=PUBLISHED,
        observers=["config/human/zhou2022.csv", "config/human/zhou2022-natural.csv"],
        confusion="<results>/tables/confusion.csv",
        scores="<results>/tables/confusion_scores.csv",
        fits="<results>/tables/fits.csv",
        notes="<results>/tables/categorical_notes.csv",
    output:
        "<results>/tables/published.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        networks=activation_settings.picked(config, "paper"),
        code=code("published_tables"),
    script:
        "../scripts/published_tables.py"


# What the experience of a network changes, what the stimuli bring with them, and what that says of
# the paper's claims.
RECIPES = [config["faces"]["action_units"]] if "action-units" in dict(BASELINES) else []


rule baseline_tables:
    input:
        confusion=CONFUSIONS,
        action_units=RECIPES,
    output:
        "<results>/tables/baseline_similarity.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(2),
    params:
        **RESAMPLING,
        code=code("baseline_tables"),
    script:
        "../scripts/baseline_tables.py"


rule experience:
    input:
        human=cfg.human_files(config),
        confusion=CONFUSIONS,
        ablation=of_layers("ablation", network_settings.readouts(config)),
        permutation=of_layers("permutation", LAYERS),
        units="<results>/tables/selective_units.csv",
        fits="<results>/tables/fits.csv",
        discrimination="<results>/tables/discrimination.csv",
    output:
        "<results>/tables/experience.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        networks=activation_settings.picked(config, "finished", "baseline"),
        controls={name: list(one.controls) for name, one in COMPARED.items()},
        groups=network_settings.replicates(config),
        reared=[name for name, one in COMPARED.items() if one.diet],
        resamples=config["confusion"]["resamples"],
        seed=config["seed"],
        code=code("experience"),
    script:
        "../scripts/experience.py"


rule replication:
    input:
        published=PUBLISHED,
        observers=["config/human/zhou2022.csv", "config/human/zhou2022-natural.csv"],
        units="<results>/tables/selective_units.csv",
        accuracy="<results>/tables/accuracy_resampled.csv",
        similarity="<results>/tables/human_similarity.csv",
        matched="<results>/tables/likeness_matched.csv",
        baselines="<results>/tables/baseline_similarity.csv",
        fit_comparisons="<results>/tables/fit_comparisons.csv",
        experience="<results>/tables/experience.csv",
    output:
        table="<results>/tables/replication.csv",
        conclusions="<results>/tables/conclusions.csv",
        text="<results>/replication.md",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        networks={
            name: {
                **settings,
                "architecture": network_settings.architectures(config)[name],
            }
            for name, settings in activation_settings.picked(config, "paper").items()
        },
        caveats=observer_settings.caveats(config),
        code=code("replication"),
    script:
        "../scripts/replication.py"


rule summary:
    input:
        units="<results>/tables/selective_units.csv",
        scores="<results>/tables/confusion_scores.csv",
        similarity="<results>/tables/human_similarity.csv",
        fits="<results>/tables/fits.csv",
    output:
        table="<results>/summary.csv",
        text="<results>/summary.txt",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(2),
    params:
        human=config["human"]["reference"],
        code=code("summary"),
    script:
        "../scripts/summary.py"


OVERVIEW = (
    *("selective_units", "selection_rules", "confusion", "human_confusion"),
    *("likeness_matched", "noise_ceiling", "identification", "fits"),
    *("human_identification", "replication"),
)
"""Tables of the figure that shows the whole run."""


rule figure_summary:
    input:
        **{name: f"<results>/tables/{name}.csv" for name in OVERVIEW},
        selection=f"<results>/stimuli/{EXPERIMENT['select_on']}/images.nc",
        continua=f"<results>/stimuli/{EXPERIMENT['morphs']}/images.nc",
    output:
        figure_files(figures.find("summary")),
    conda:
        "../../envs/figures.yaml"
    resources:
        **LIGHT,
    params:
        made_by=lambda wildcards: dict(zip(OVERVIEW, makers(OVERVIEW))),
        networks=activation_settings.picked(config, "shown"),
        replicates=network_settings.replicates(config),
        style=figures.find("summary").changes(config),
        code=code("figure_summary"),
    script:
        "../scripts/figure_summary.py"
