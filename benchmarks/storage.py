"""How activation files are laid out, and what half precision saves and costs."""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import netCDF4
import numpy as np
import pandas as pd
import torch
import xarray as xr
import yaml

from benchmarks.measuring import absent, line, side_by_side, timed_line
from nurture.activations.extraction import activation_files, round_to_half
from nurture.activations.units import unit_blocks
from nurture.confusion.confusion import confusion, read_answers
from nurture.core.files import open_dataset, read_labels
from nurture.selectivity.anova import selectivity

BATCH = 8
CHUNKS = {"chunksizes": (64, 2_048)}
USED = "contiguous"
LAYOUTS = {
    "chunks of 64 x 2,048": CHUNKS,
    "chunks of all stimuli x 256": {"chunksizes": (None, 256)},
    "chunks of 64 x 2,048, zlib 1": {**CHUNKS, "compression": "zlib", "complevel": 1},
    "chunks of 64 x 2,048, zstd 1": {**CHUNKS, "compression": "zstd", "complevel": 1},
    "chunks of 64 x 2,048, blosc lz4": {**CHUNKS, "compression": "blosc_lz4", "complevel": 1},
}
"""What was tried beside `USED`: arguments of netCDF4's ``createVariable``."""

NETWORK, LAYER = "face-identity", "stage1_3"
"""The widest layer of the face network."""

NO_RUN = "no run has finished here; make demo, then make bench"


def storage(repeats: int, results: Path) -> list[dict]:
    """Write what the face network answered by stimulus, and read it by unit, in several layouts.

    Parameters
    ----------
    repeats : int
    results : Path
        Results of the default.
    """
    path = results / "activations" / NETWORK / "selection" / f"{LAYER}.nc"
    if not path.exists():
        return [absent("layout of the activation files", USED, NO_RUN)]
    with open_dataset(path, "activations") as file:
        values, labels = file["activation"].to_numpy(), read_labels(file)
        shape = tuple(int(file[name].max()) + 1 for name in ("channel", "row", "column"))
    size = f"{len(values)} stimuli x {values.shape[1]:,} units"
    with tempfile.TemporaryDirectory() as folder:
        plain = {
            name: (Path(folder) / f"{i}.nc", _plain_writer(values, layout))
            for i, (name, layout) in enumerate(({USED: {"contiguous": True}} | LAYOUTS).items())
        }
        lines = _compare(USED, plain, size, repeats)
        ours = {
            f"{precision} precision": (
                Path(folder) / f"{precision}.nc",
                partial(
                    write_layer, values=values, labels=labels, shape=shape, precision=precision
                ),
            )
            for precision in ("half", "single")
        }
        return lines + _compare("half precision", ours, size, repeats)


Writer = Callable[[Path], None]


def _plain_writer(values: np.ndarray, layout: Mapping) -> Writer:
    chunks = layout.get("chunksizes")
    if chunks:
        layout = {**layout, "chunksizes": tuple(c or len(values) for c in chunks)}

    def write(path: Path) -> None:
        with netCDF4.Dataset(path, "w") as file:
            file.createDimension("stimulus", values.shape[0])
            file.createDimension("unit", values.shape[1])
            variable = file.createVariable(
                "activation", "f4", ("stimulus", "unit"), fill_value=False, **layout
            )
            for first in range(0, len(values), BATCH):
                variable[first : first + BATCH] = values[first : first + BATCH]

    return write


def write_layer(
    path: Path,
    values: np.ndarray,
    labels: pd.DataFrame,
    shape: tuple[int, int, int],
    precision: str = "single",
) -> None:
    """Write activations of one layer batch by batch, as rule activations does."""
    about = {"network": NETWORK, "training": "identity", "layer": LAYER}
    files = {LAYER: path}, {LAYER: shape}, labels, {LAYER: about}
    with activation_files(*files, precision) as put:
        for first in range(0, len(values), BATCH):
            put(LAYER, first, torch.from_numpy(values[first : first + BATCH].copy()))


def _compare(
    used: str, files: Mapping[str, tuple[Path, Writer]], size: str, repeats: int
) -> list[dict]:
    """Compare writing, reading and space of one kind of file with those of the others."""
    paths = {name: path for name, (path, _) in files.items()}
    written = side_by_side([lambda f=file: f[1](f[0]) for file in files.values()], repeats)
    found = side_by_side([lambda p=path: read(p) for path in paths.values()], repeats)
    sizes = [[path.stat().st_size / 2**20] for path in paths.values()]
    mine, lines = list(files).index(used), []
    for other, against in enumerate(files):
        if against == used:
            continue
        written_pair, found_pair, size_pair = (
            (each[mine], each[other]) for each in (written, found, sizes)
        )
        lines += [
            timed_line(f"{used}, writing by stimulus: {size}", against, written_pair),
            timed_line(f"{used}, reading by unit: {size}", against, found_pair),
            line(f"{used}, size on the disk: {size}", against, *size_pair, unit="MiB"),
        ]
    return lines


def read(path: Path) -> None:
    """Read a file of activations by blocks of units, and do nothing with them."""
    with open_dataset(path, "activations") as file:
        for _ in unit_blocks(file["activation"]):
            pass


def half_precision(results: Path, config: str) -> list[dict]:
    """Compute F and decode with what a run's activations become at half precision.

    Parameters
    ----------
    results : Path
        Results of the default.
    config : str
        The default's configuration.

    Returns
    -------
    list of dict
        For each network the median F of its first layer and of its readout, and the share of
        correct answers of the readout, at both precisions. Notes say how far single units and
        answers are off.
    """
    settings = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    experiment, lines = settings["experiment"], []
    for network in experiment["networks"]:
        folder = results / "activations" / network
        if not (folder / experiment["test_on"]).is_dir():
            lines.append(absent(f"half precision: {network}", "single precision", NO_RUN))
            continue
        known, alpha = settings["networks"][network], settings["selectivity"]["alpha"]
        readout, units = known["readout"], {}
        for layer in dict.fromkeys((known["layers"][0], readout)):
            shown = _both(folder / experiment["select_on"] / f"{layer}.nc")
            units[layer] = [selectivity(file, alpha) for file in shown]
            name = f"half precision, F of expression: {network}, {layer}"
            lines.append(_effects(name, *units[layer]))
        parts = (experiment["train_on"], experiment["test_on"])
        sets = [_both(folder / part / f"{readout}.nc") for part in parts]
        lines.append(_answers(f"{network}, {readout}", sets, units[readout], settings["confusion"]))
    return lines


def _both(path: Path) -> tuple[xr.Dataset, xr.Dataset]:
    """Activations at half and at single precision."""
    with open_dataset(path, "activations") as file:
        single = file.load()
    half = single.copy(deep=True)
    round_to_half(half["activation"].to_numpy())
    return half, single


def _effects(name: str, half: xr.Dataset, single: xr.Dataset) -> dict:
    f, expected = (units["f_expression"].to_numpy() for units in (half, single))
    live = np.isfinite(f) & (expected > 0)
    f, expected = f[live], expected[live]
    off = np.abs(f / expected - 1)
    changed = int((half["selective"] != single["selective"]).sum())
    lost = int((half["constant"] > single["constant"]).sum())
    note = (
        f"off by a share of {np.median(off):.1g} in the median unit, {off.max():.1g} at most; of "
        f"{single.attrs['n_selective']:,} selective units {changed} changed; of "
        f"{single.sizes['unit']:,} units {lost} became constant"
    )
    medians = [np.median(f)], [np.median(expected)]
    return line(name, "single precision", *medians, unit="F", note=note)


def _answers(name: str, sets, units, settings: Mapping) -> dict:
    """Compare the answers of all units of a readout."""
    given = {
        "n_components": settings["components"],
        "C": settings["C"],
        "min_units": settings["min_units"],
    }
    answered, correct = [], []
    for training, generalisation, chosen in zip(*sets, units, strict=True):
        result = confusion(training, generalisation, chosen, **given)
        place = result["population"].to_numpy().tolist().index("all")
        answered.append(read_answers(result)[place, 0])
        correct.append([(answered[-1] == read_labels(result)["expression"]).mean()])
    note = f"{(answered[0] != answered[1]).sum()} of {len(answered[0])} answers differ"
    name = f"half precision, accuracy: {name}, all units"
    return line(name, "single precision", *correct, unit="share correct", note=note)
