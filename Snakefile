from snakemake.utils import min_version

min_version("9.19")


include: "workflow/rules/head.smk"
include: "workflow/rules/stimuli.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/activations.smk"
include: "workflow/rules/selectivity.smk"
include: "workflow/rules/decoding.smk"
include: "workflow/rules/confusion.smk"
include: "workflow/rules/categorical.smk"
include: "workflow/rules/observers.smk"
include: "workflow/rules/experience.smk"
include: "workflow/rules/rearing.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/logs.smk"
include: "workflow/rules/software.smk"
include: "workflow/rules/groups.smk"


TARGETS = [
    *FIGURES,
    *rules.summary.output,
    *rules.replication.output,
    *rules.report.output,
    *REARED_ANEW,
]

if MISSING and workflow.is_main_process:
    logger.info(missing.describe_missing(MISSING, config, TARGETS))
if workflow.is_main_process:
    for line in activation_settings.left_out_baselines(config):
        logger.info(line)


rule all:
    default_target: True
    input:
        missing.possible(config, TARGETS),
