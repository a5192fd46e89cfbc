from importlib.metadata import version

from nurture.core.file_digest import contents_of
from nurture.report.inputs import drawn_from, shown_tables
from nurture.running.version import VERSION

LACKING = missing.lacking(config)
# Parts of the configuration that the page puts into words.
TOLD = (
    *("seed", "experiment", "stimuli", "faces", "networks"),
    *("selectivity", "confusion", "human", "report", "figures"),
)
DRAWN_FROM = drawn_from(workflow.rules, missing.possible(config, FIGURES))
SHOWN_TABLES = shown_tables(workflow.rules, DRAWN_FROM)
EMPTY_SETS = [EXPERIMENT[role] for role in LACKING if role in stimulus_settings.SHOWN]
if "controls" in LACKING:
    EMPTY_SETS += EXPERIMENT["controls"]


rule report_units:
    input:
        units="<results>/selectivity/{network}/{layer}.nc",
        activations=f"<results>/activations/{{network}}/{EXPERIMENT['select_on']}/{{layer}}.nc",
    output:
        "<results>/report/units/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        **call(
            "report.examples.examples",
            n_selective=config["report"]["units"],
            n_others=config["report"]["others"],
            n_faces=config["report"]["faces"],
        ),
    script:
        "../scripts/call.py"


rule report:
    input:
        human=cfg.human_files(config),
        figures=list(DRAWN_FROM),
        pdfs=[path.replace(".svg", ".pdf") for path in DRAWN_FROM],
        tables=[
            *SHOWN_TABLES,
            *missing.possible(config, rules.summary.output[:1]),
            *missing.possible(
                config, [*rules.replication.output[:2], *rules.baseline_tables.output]
            ),
        ],
        stimuli=[
            f"<results>/stimuli/{name}/images.nc"
            for name in stimulus_settings.used_stimuli(config)
            if name not in EMPTY_SETS
        ],
        units=of_layers("report/units", network_settings.network_layers(config)),
        answers=[
            f"<results>/categorical/{network}/{layer}.nc"
            for network, layer in network_settings.readouts(config)
            if rules.categorical_tables.output.identification in SHOWN_TABLES
        ],
        networks=[
            f"<results>/networks/{network}.safetensors"
            for network in EXPERIMENT["networks"]
        ],
    output:
        "<results>/report.html",
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        config={key: config[key] for key in TOLD}
        | {"activations": {"precision": config["activations"]["precision"]}},
        drawn_from=DRAWN_FROM,
        captions={figure.name: figure.caption for figure in figures.declared()},
        versions={"Nurture": VERSION, "Snakemake": version("snakemake")},
        contents=contents_of(["folder @workflow/nurture/report/templates"]),
        code=code("report"),
    script:
        "../scripts/report.py"
