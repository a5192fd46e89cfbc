rule figure_selective_units:
    input:
        units="<results>/tables/selective_units.csv",
    output:
        report(
            "<results>/figures/selective_units.svg",
            caption="../report/selective_units.rst",
            category="Units",
        ),
        *multiext("<results>/figures/selective_units", ".png", ".pdf"),
    log:
        "<results>/logs/figures/selective_units.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        alpha=config["selectivity"]["alpha"],
        seeds=rearing_settings.seeds_of_rearing(config),
        left_out=[n for n in network_settings.panels(config) if n not in rearing_settings.finished(config)],
        style=rearing_settings.figure_style(config, "selective_units"),
        code=code("figure_selective_units"),
    script:
        "../scripts/figure_selective_units.py"


rule figure_tuning:
    input:
        tuning="<results>/tables/tuning.csv",
    output:
        report(
            "<results>/figures/tuning.svg",
            caption="../report/tuning.rst",
            category="Units",
        ),
        *multiext("<results>/figures/tuning", ".png", ".pdf"),
    log:
        "<results>/logs/figures/tuning.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=rearing_settings.shown(config),
        style=rearing_settings.shown_style(config, "tuning"),
        code=code("figure_tuning"),
    script:
        "../scripts/figure_tuning.py"


rule figure_confusion:
    input:
        confusion="<results>/tables/confusion.csv",
        scores="<results>/tables/confusion_scores.csv",
        human="<results>/tables/human_confusion.csv",
    output:
        report(
            "<results>/figures/confusion.svg",
            caption="../report/confusion.rst",
            category="Confusions",
        ),
        *multiext("<results>/figures/confusion", ".png", ".pdf"),
    log:
        "<results>/logs/figures/confusion.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=PANELS,
        style=rearing_settings.shown_style(config, "confusion"),
        code=code("figure_confusion"),
    script:
        "../scripts/figure_confusion.py"


rule figure_populations:
    input:
        populations="<results>/tables/populations.csv",
        ablation="<results>/tables/ablation.csv",
    output:
        report(
            "<results>/figures/populations.svg",
            caption="../report/populations.rst",
            category="Units",
        ),
        *multiext("<results>/figures/populations", ".png", ".pdf"),
    log:
        "<results>/logs/figures/populations.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=rearing_settings.shown(config),
        style=rearing_settings.shown_style(config, "populations"),
        code=code("figure_populations"),
    script:
        "../scripts/figure_populations.py"


rule figure_identification:
    input:
        identification="<results>/tables/identification.csv",
        fits="<results>/tables/fits.csv",
        notes="<results>/tables/categorical_notes.csv",
        human="<results>/tables/human_identification.csv",
    output:
        report(
            "<results>/figures/identification.svg",
            caption="../report/identification.rst",
            category="Categories",
        ),
        *multiext("<results>/figures/identification", ".png", ".pdf"),
    log:
        "<results>/logs/figures/identification.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=PANELS,
        style=rearing_settings.shown_style(config, "identification"),
        code=code("figure_identification"),
    script:
        "../scripts/figure_identification.py"


rule figure_fits:
    input:
        fits="<results>/tables/fits.csv",
        notes="<results>/tables/categorical_notes.csv",
        human="<results>/tables/human_fits.csv",
        tests="<results>/tables/fit_comparisons.csv",
    output:
        report(
            "<results>/figures/fits.svg",
            caption="../report/fits.rst",
            category="Categories",
        ),
        *multiext("<results>/figures/fits", ".png", ".pdf"),
    log:
        "<results>/logs/figures/fits.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=PANELS,
        style=rearing_settings.shown_style(config, "fits"),
        code=code("figure_fits"),
    script:
        "../scripts/figure_fits.py"


rule figure_discrimination:
    input:
        levels="<results>/tables/discrimination_levels.csv",
        excess="<results>/tables/discrimination.csv",
    output:
        report(
            "<results>/figures/discrimination.svg",
            caption="../report/discrimination.rst",
            category="Categories",
        ),
        *multiext("<results>/figures/discrimination", ".png", ".pdf"),
    log:
        "<results>/logs/figures/discrimination.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=rearing_settings.shown(config),
        style=rearing_settings.shown_style(config, "discrimination"),
        code=code("figure_discrimination"),
    script:
        "../scripts/figure_discrimination.py"


rule figure_experience:
    input:
        experience="<results>/tables/experience.csv",
    output:
        report(
            "<results>/figures/experience.svg",
            caption="../report/experience.rst",
            category="Experience",
        ),
        *multiext("<results>/figures/experience", ".png", ".pdf"),
    log:
        "<results>/logs/figures/experience.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks={**rearing_settings.experienced(config), **activation_settings.baseline_panels(config)},
        twins=network_settings.twins(config),
        style=rearing_settings.figure_style(config, "experience"),
        code=code("figure_experience"),
    script:
        "../scripts/figure_experience.py"


rule figure_validity:
    input:
        validity="<results>/tables/validity.csv",
    output:
        report(
            "<results>/figures/validity.svg",
            caption="../report/validity.rst",
            category="Stimuli",
        ),
        *multiext("<results>/figures/validity", ".png", ".pdf"),
    log:
        "<results>/logs/figures/validity.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        rendered=not stimulus_settings.shows_photographs(config, EXPERIMENT["select_on"]),
        style=rearing_settings.figure_style(config, "validity"),
        code=code("figure_validity"),
    script:
        "../scripts/figure_validity.py"


rule figure_stimuli:
    input:
        faces=f"<results>/stimuli/{EXPERIMENT['select_on']}/faces.nc",
        selection=f"<results>/stimuli/{EXPERIMENT['select_on']}/images.nc",
        generalisation=f"<results>/stimuli/{EXPERIMENT['test_on']}/images.nc",
        continua=f"<results>/stimuli/{EXPERIMENT['morphs']}/images.nc",
    output:
        report(
            "<results>/figures/stimuli.svg",
            caption="../report/stimuli.rst",
            category="Stimuli",
        ),
        *multiext("<results>/figures/stimuli", ".png", ".pdf"),
    log:
        "<results>/logs/figures/stimuli.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        made_by=stimulus_settings.faces_rule(config, EXPERIMENT["select_on"]),
        style=rearing_settings.figure_style(config, "stimuli"),
        code=code("figure_stimuli"),
    script:
        "../scripts/figure_stimuli.py"


FIGURES = [
    *rules.figure_stimuli.output,
    *rules.figure_validity.output,
    *rules.figure_selective_units.output,
    *rules.figure_tuning.output,
    *rules.figure_confusion.output,
    *rules.figure_accuracy.output,
    *rules.figure_likeness.output,
    *rules.figure_bias.output,
    *rules.figure_populations.output,
    *rules.figure_identification.output,
    *rules.figure_fits.output,
    *rules.figure_discrimination.output,
    *rules.figure_published.output,
    *rules.figure_experience.output,
    *CHILDHOOD_FIGURES,
    *CONTROL_FIGURES,
]


rule figures:
    input:
        brought.possible(config, FIGURES),


rule summary:
    input:
        units="<results>/tables/selective_units.csv",
        scores="<results>/tables/confusion_scores.csv",
        similarity="<results>/tables/human_similarity.csv",
        fits="<results>/tables/fits.csv",
    output:
        table="<results>/summary.csv",
        text="<results>/summary.txt",
    log:
        "<results>/logs/summary.log",
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(2),
    params:
        human=config["human"]["reference"],
        code=code("summary"),
    script:
        "../scripts/summary.py"
