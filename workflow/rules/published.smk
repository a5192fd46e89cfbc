PUBLISHED = sorted(str(path) for path in Path("config/published").glob("*.*"))


rule published_tables:
    input:
        published=PUBLISHED,
        people=["config/human/zhou2022.csv", "config/human/zhou2022-natural.csv"],
        confusion="<results>/tables/confusion.csv",
        scores="<results>/tables/confusion_scores.csv",
        fits="<results>/tables/fits.csv",
        notes="<results>/tables/categorical_notes.csv",
    output:
        "<results>/tables/published.csv",
    log:
        "<results>/logs/published_tables.log",
    benchmark:
        "<results>/benchmarks/published_tables.tsv"
    conda:
        "../../envs/stats.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        networks=cfg.not_reared(config),
        code=code("published_tables"),
    script:
        "../scripts/published_tables.py"


rule figure_published:
    input:
        published="<results>/tables/published.csv",
    output:
        report(
            "<results>/figures/published.svg",
            caption="../report/published.rst",
            category="Beside the paper",
        ),
        *multiext("<results>/figures/published", ".png", ".pdf"),
    log:
        "<results>/logs/figures/published.log",
    conda:
        "../../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        architectures=cfg.architectures(config),
        rendered=cfg.shows_rendered(config),
        style=cfg.figure_style(config, "published"),
        code=code("figure_published"),
    script:
        "../scripts/figure_published.py"
