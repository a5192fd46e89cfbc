rule categorical:
    input:
        units="<results>/selectivity/{network}/{layer}.nc",
        training=f"<results>/activations/{{network}}/{EXPERIMENT['train_on']}/{{layer}}.nc",
        continua=f"<results>/activations/{{network}}/{EXPERIMENT['morphs']}/{{layer}}.nc",
    output:
        "<results>/categorical/{network}/{layer}.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(800, 3),
        runtime=minutes(10, 0.05),
    params:
        **call(
            "categorical.categorical.categorical",
            **CLASSIFIER,
            **config["categorical"],
            seed=config["seed"],
        ),
    script:
        "../scripts/call.py"


rule categorical_tables:
    input:
        human=cfg.human_files(config),
        categorical=of_layers("categorical", READOUTS),
    output:
        identification="<results>/tables/identification.csv",
        fits="<results>/tables/fits.csv",
        fit_comparisons="<results>/tables/fit_comparisons.csv",
        notes="<results>/tables/categorical_notes.csv",
        human="<results>/tables/human_identification.csv",
        human_fits="<results>/tables/human_fits.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        seed=config["seed"],
        code=code("categorical_tables"),
    script:
        "../scripts/categorical_tables.py"


use rule categorical as discrimination with:
    output:
        "<results>/discrimination/{network}/{layer}.nc",
    params:
        **call(
            "categorical.discrimination.unit_distances",
            min_units=config["confusion"]["min_units"],
        ),


rule discrimination_pixels:
    input:
        images=f"<results>/stimuli/{EXPERIMENT['morphs']}/images.nc",
    output:
        "<results>/discrimination/pixels.nc",
    conda:
        "../../envs/stats.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10, 0.05),
    params:
        **call("categorical.discrimination.pixel_distances"),
    script:
        "../scripts/call.py"


rule discrimination_tables:
    input:
        fits="<results>/tables/fits.csv",
        pixels="<results>/discrimination/pixels.nc",
        discrimination=of_layers("discrimination", network_settings.readouts(config)),
        categorical=of_layers("categorical", network_settings.readouts(config)),
    output:
        excess="<results>/tables/discrimination.csv",
        levels="<results>/tables/discrimination_levels.csv",
        comparisons="<results>/tables/comparisons.csv",
    conda:
        "../../envs/stats.yaml"
    resources:
        **LIGHT,
    params:
        **config["categorical"],
        seed=config["seed"],
        code=code("discrimination_tables"),
    script:
        "../scripts/discrimination_tables.py"
