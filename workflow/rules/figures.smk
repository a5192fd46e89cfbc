rule figure_selective_units:
    input:
        units="results/tables/selective_units.csv",
    output:
        multiext("results/figures/selective_units", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/selective_units.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        alpha=config["selectivity"]["alpha"],
        style=cfg.figure_style(config, "selective_units"),
        code=code("figure_selective_units"),
    script:
        "../scripts/figure_selective_units.py"


rule figure_tuning:
    input:
        tuning="results/tables/tuning.csv",
    output:
        multiext("results/figures/tuning", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/tuning.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        networks=cfg.panels(config),
        style=cfg.figure_style(config, "tuning"),
        code=code("figure_tuning"),
    script:
        "../scripts/figure_tuning.py"


rule figure_confusion:
    input:
        confusion="results/tables/confusion.csv",
        scores="results/tables/confusion_scores.csv",
        human="results/tables/human_confusion.csv",
    output:
        multiext("results/figures/confusion", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/confusion.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        networks=cfg.panels(config),
        style=cfg.figure_style(config, "confusion"),
        code=code("figure_confusion"),
    script:
        "../scripts/figure_confusion.py"


rule figure_identification:
    input:
        identification="results/tables/identification.csv",
        fits="results/tables/fits.csv",
        notes="results/tables/categorical_notes.csv",
        human="results/tables/human_identification.csv",
    output:
        multiext("results/figures/identification", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/identification.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        networks=cfg.panels(config),
        style=cfg.figure_style(config, "identification"),
        code=code("figure_identification"),
    script:
        "../scripts/figure_identification.py"


rule figure_fits:
    input:
        fits="results/tables/fits.csv",
        notes="results/tables/categorical_notes.csv",
    output:
        multiext("results/figures/fits", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/fits.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        networks=cfg.panels(config),
        style=cfg.figure_style(config, "fits"),
        code=code("figure_fits"),
    script:
        "../scripts/figure_fits.py"


rule figure_validity:
    input:
        validity="results/tables/validity.csv",
    output:
        multiext("results/figures/validity", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/validity.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        style=cfg.figure_style(config, "validity"),
        code=code("figure_validity"),
    script:
        "../scripts/figure_validity.py"


rule figure_stimuli:
    input:
        faces=f"results/stimuli/{EXPERIMENT['select_on']}/faces.nc",
        selection=f"results/stimuli/{EXPERIMENT['select_on']}/images.nc",
        generalisation=f"results/stimuli/{EXPERIMENT['test_on']}/images.nc",
        continua=f"results/stimuli/{EXPERIMENT['morphs']}/images.nc",
    output:
        multiext("results/figures/stimuli", ".svg", ".png", ".pdf"),
    log:
        "results/logs/figures/stimuli.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        style=cfg.figure_style(config, "stimuli"),
        code=code("figure_stimuli"),
    script:
        "../scripts/figure_stimuli.py"


FIGURES = [
    *rules.figure_stimuli.output,
    *rules.figure_validity.output,
    *rules.figure_selective_units.output,
    *rules.figure_tuning.output,
    *rules.figure_confusion.output,
    *rules.figure_identification.output,
    *rules.figure_fits.output,
    *rules.figure_published.output,
]


rule figures:
    input:
        brought.possible(config, FIGURES),


rule summary:
    input:
        units="results/tables/selective_units.csv",
        scores="results/tables/confusion_scores.csv",
        similarity="results/tables/human_similarity.csv",
        fits="results/tables/fits.csv",
    output:
        table="results/summary.csv",
        text="results/summary.txt",
    log:
        "results/logs/summary.log",
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        human=config["human"]["reference"],
        code=code("summary"),
    script:
        "../scripts/summary.py"
