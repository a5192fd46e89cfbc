# One rule for each figure, from what its file says of itself; see nurture.running.figures. The two that
# show images have their rules with what makes the images.
# Asked for by report/figure.rst, which gives Snakemake's own report the caption of any figure.
config["captions"] = {
    f"figure_{figure.name}": figure.caption for figure in figures.declared()
}

for figure in figures.declared():
    if figure.tables and figure.wanted(config):

        rule:
            name:
                f"figure_{figure.name}"
            input:
                [f"<results>/tables/{table}.csv" for table in figure.tables],
            output:
                figure_files(figure),
            conda:
                "../../envs/figures.yaml"
            resources:
                **LIGHT,
            params:
                function=figure.function,
                made_by=makers(figure.tables),
                asked=figure.asked(config),
                style=figure.changes(config),
                code=code("figure", figure.function),
            script:
                "../scripts/figure.py"


FIGURES = [
    path
    for figure in figures.declared()
    if figure.wanted(config)
    for path in getattr(rules, f"figure_{figure.name}").output
]


rule figures:
    input:
        missing.possible(config, FIGURES),
