from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


include: "workflow/rules/head.smk"
include: "workflow/rules/stimuli.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/activations.smk"
include: "workflow/rules/selectivity.smk"
include: "workflow/rules/confusion.smk"
include: "workflow/rules/categorical.smk"
include: "workflow/rules/figures.smk"


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.summary.output,
