"""A model of torchvision and one of timm, from rendered faces to the tables.

Where both can be imported: `make libraries-test`.
"""

import json

import pandas as pd
import pytest
import torch
import xarray as xr
from PIL import Image
from safetensors.torch import load_file

TABLE = "results/tiny/tables/selective_units.csv"
ROWS = {
    "vision": {
        "architecture": {"torchvision": "mobilenet_v3_small"},
        "training": "objects",
        "weights": "vision.pth",
        "layers": ["features.12"],
        "readout": "features.12",
    },
    "tokens": {
        "architecture": {"timm": "vit_tiny_patch16_224.augreg_in21k_ft_in1k"},
        "training": "none",
        "weights": "untrained",
        "seed": 1,
        "layers": ["blocks.11"],
        "readout": "blocks.11",
    },
}


def _last_features(models, shown):
    """Outputs of the last layers, read with the libraries' own means."""
    vision, tokens = models["vision"], models["tokens"]
    [(rest, first)] = tokens.forward_intermediates(
        shown["tokens"], [11], norm=False, output_fmt="NLC", intermediates_only=True,
        return_prefix_tokens=True,
    )  # fmt: skip
    return {
        "vision": vision.features(shown["vision"]),
        "tokens": torch.cat([first, rest], dim=1).transpose(1, 2),
    }


def test_a_row_of_each_library_gets_to_the_table(new_project, tmp_path):
    try:
        import timm
        from torchvision import models
    except Exception as error:
        pytest.skip(f"the packages do not import: {str(error).splitlines()[0]}")
    project = new_project(tmp_path / "project")
    torch.manual_seed(7)
    made = {
        "vision": models.mobilenet_v3_small().eval(),
        "tokens": timm.create_model(ROWS["tokens"]["architecture"]["timm"]).eval(),
    }
    torch.save(made["vision"].state_dict(), project.folder / "vision.pth")
    change = {"experiment": {"networks": [*ROWS], "baselines": []}, "networks": ROWS}
    file = project.write(json.dumps(change))
    result = project.snakemake("--configfile", "config/tiny.yaml", file, "--", TABLE)
    assert result.returncode == 0, result.stderr

    table = pd.read_csv(project.folder / TABLE)
    assert table[["network", "layer", "n_units"]].to_numpy().tolist() == [
        ["vision", "features.12", 576 * 7 * 7],
        ["tokens", "blocks.11", 197 * 192],
    ]
    results = project.folder / "results/tiny"
    made["tokens"].load_state_dict(load_file(results / "networks/tokens.safetensors"))
    with xr.open_dataset(results / "stimuli/selection/images.nc") as stimuli:
        face = Image.fromarray(stimuli["image"][5].to_numpy())
    assert face.size == (224, 224)
    settings = timm.data.resolve_data_config(model=made["tokens"])
    published = models.get_model_weights("mobilenet_v3_small").DEFAULT
    shown = {
        "vision": published.transforms(resize_size=224)(face)[None],
        "tokens": timm.data.create_transform(**settings | {"crop_pct": 1})(face)[None],
    }
    with torch.inference_mode():
        expected = _last_features(made, shown)
    for name, value in expected.items():
        path = results / "activations" / name / "selection" / f"{ROWS[name]['readout']}.nc"
        with xr.open_dataset(path) as read:
            activation = torch.from_numpy(read["activation"][5].to_numpy())
        apart = (activation - value.flatten()).abs().max() / value.abs().max()
        assert apart < 1e-5, name
