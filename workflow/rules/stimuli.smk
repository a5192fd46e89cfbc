# Each set is of one kind, and each kind has a rule of its own for faces.nc; all that follows is the
# same for all kinds.
rule faces:
    input:
        action_units=config["faces"]["action_units"],
    output:
        "<results>/stimuli/{stimuli}/faces.nc",
    wildcard_constraints:
        stimuli=stimulus_settings.stimuli_of(config, "expressions", "continua"),
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    params:
        design=lambda wildcards: config["stimuli"][wildcards.stimuli],
        seed=config["seed"],
        size=config["faces"]["size"],
        device=config["faces"]["device"],
        kernels=f"{config['results']}/cache/warp",
        code=code("faces"),
    script:
        "../scripts/faces.py"


rule photographs:
    output:
        faces="<results>/stimuli/{stimuli}/faces.nc",
        dropped="<results>/stimuli/{stimuli}/dropped.csv",
    wildcard_constraints:
        stimuli=stimulus_settings.stimuli_of(config, "photographs"),
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(60),
    params:
        sets=lambda wildcards: missing.present_sets(config, GIVEN, wildcards.stimuli),
        contents=lambda wildcards: stimulus_settings.photograph_contents(
            config, wildcards.stimuli
        ),
        size=config["faces"]["size"],
        code=code("photographs"),
    script:
        "../scripts/photographs.py"


rule photograph_morphs:
    output:
        faces="<results>/stimuli/{stimuli}/faces.nc",
        dropped="<results>/stimuli/{stimuli}/dropped.csv",
    wildcard_constraints:
        stimuli=stimulus_settings.stimuli_of(config, "photograph-continua"),
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(60),
    params:
        spec=lambda wildcards: config["stimuli"][wildcards.stimuli],
        sets=lambda wildcards: missing.present_sets(config, GIVEN, wildcards.stimuli),
        contents=lambda wildcards: stimulus_settings.photograph_contents(
            config, wildcards.stimuli
        ),
        size=config["faces"]["size"],
        code=code("photograph_morphs"),
    script:
        "../scripts/photograph_morphs.py"


rule control_faces:
    input:
        lambda wildcards: f"<results>/stimuli/{config['stimuli'][wildcards.stimuli]['of']}/faces.nc",
    output:
        "<results>/stimuli/{stimuli}/faces.nc",
    wildcard_constraints:
        stimuli=stimulus_settings.stimuli_of(config, "control"),
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(800, 3),
        runtime=minutes(10, 0.05),
    params:
        **{
            key: lambda wildcards, key=key: stimulus_settings.control_of(
                config, wildcards.stimuli
            )[key]
            for key in ("of", "controls", "identities", "made_by")
        },
        seed=config["seed"],
        code=code("control_faces"),
    script:
        "../scripts/control_faces.py"


rule images:
    input:
        "<results>/stimuli/{stimuli}/faces.nc",
    output:
        "<results>/stimuli/{stimuli}/images.nc",
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(800, 3),
        runtime=minutes(10, 0.05),
    params:
        made_by=lambda wildcards: stimulus_settings.faces_rule(
            config, wildcards.stimuli
        ),
        look=config["faces"]["look"],
        code=code("images"),
    script:
        "../scripts/images.py"


rule validity:
    input:
        faces=f"<results>/stimuli/{EXPERIMENT['select_on']}/faces.nc",
        judge=f"<results>/networks/{EXPERIMENT['judge']}.safetensors",
    output:
        "<results>/tables/validity.csv",
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(1200, 5),
        runtime=minutes(10, 0.1),
    params:
        made_by=stimulus_settings.faces_rule(config, EXPERIMENT["select_on"]),
        architecture=config["networks"][EXPERIMENT["judge"]]["architecture"],
        code=code("validity"),
    script:
        "../scripts/validity.py"


rule figure_stimuli:
    input:
        faces=f"<results>/stimuli/{EXPERIMENT['select_on']}/faces.nc",
        selection=f"<results>/stimuli/{EXPERIMENT['select_on']}/images.nc",
        generalisation=f"<results>/stimuli/{EXPERIMENT['test_on']}/images.nc",
        continua=f"<results>/stimuli/{EXPERIMENT['morphs']}/images.nc",
    output:
        figure_files(figures.find("stimuli")),
    conda:
        "../../envs/figures.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(2),
    params:
        made_by=stimulus_settings.faces_rule(config, EXPERIMENT["select_on"]),
        style=figures.find("stimuli").changes(config),
        code=code("figure_stimuli"),
    script:
        "../scripts/figure_stimuli.py"
