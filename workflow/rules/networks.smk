rule network:
    input:
        # Weights that rule `rear` makes are an input; those that users bring are a digest below.
        lambda wildcards: network_settings.made_weights(config, wildcards.network),
    output:
        "<results>/networks/{network}.safetensors",
    conda:
        "../../envs/extract.yaml"
    resources:
        mem_mb=memory(2200),
        runtime=minutes(10),
    params:
        network=lambda wildcards: network_settings.weights_of(config, wildcards.network),
        contents=lambda wildcards: network_settings.weights_contents(
            config, wildcards.network
        ),
        code=code("network"),
    script:
        "../scripts/network.py"
