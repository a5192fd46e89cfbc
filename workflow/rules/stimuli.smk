rule faces:
    input:
        action_units=config["faces"]["action_units"],
    output:
        "results/stimuli/{stimuli}/faces.nc",
    log:
        "results/logs/faces/{stimuli}.log",
    benchmark:
        "results/benchmarks/faces/{stimuli}.tsv"
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
    params:
        design=lambda wildcards: config["stimuli"][wildcards.stimuli],
        seed=config["seed"],
        size=config["faces"]["size"],
        device=config["faces"]["device"],
        kernels="results/cache/warp",
        code=code("faces"),
    script:
        "../scripts/faces.py"


rule images:
    input:
        rules.faces.output,
    output:
        "results/stimuli/{stimuli}/images.nc",
    log:
        "results/logs/images/{stimuli}.log",
    benchmark:
        "results/benchmarks/images/{stimuli}.tsv"
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        look=config["faces"]["look"],
        code=code("images"),
    script:
        "../scripts/images.py"


rule validity:
    input:
        faces=f"results/stimuli/{EXPERIMENT['select_on']}/faces.nc",
        judge=f"results/networks/{EXPERIMENT['judge']}.safetensors",
    output:
        "results/tables/validity.csv",
    log:
        "results/logs/validity.log",
    benchmark:
        "results/benchmarks/validity.tsv"
    conda:
        "../../envs/extract.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        architecture=config["networks"][EXPERIMENT["judge"]]["architecture"],
        code=code("validity"),
    script:
        "../scripts/validity.py"
