"""All that the report reads of a run."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import xarray as xr

from nurture.core.files import open_dataset, read_labels, read_table

RULE_OF_IMAGES = "images"


@dataclass(frozen=True)
class StimulusSet:
    """A stimulus set of the run."""

    name: str
    path: Path
    """Its images."""
    labels: pd.DataFrame
    """One row per stimulus."""
    attributes: dict
    """Of the file."""
    sha256: str
    """Digest of the file."""


@dataclass(frozen=True)
class Run:
    """What a run left behind, read into memory; the images stay in their files."""

    config: Mapping
    """The configuration, without what is missing."""
    tables: dict[str, pd.DataFrame]
    """By name, without folder and ending."""
    csv: dict[str, bytes]
    """The same tables as files."""
    figures: dict[str, bytes]
    """SVG files by name."""
    drawn_from: Mapping[str, Sequence[str]]
    """Names of the tables behind each figure."""
    captions: dict[str, str]
    """By name of the figure."""
    stimuli: dict[str, StimulusSet]
    """By name."""
    units: list[xr.Dataset]
    """`nurture.report.examples.examples` of each layer, in order of depth."""
    weights: dict[str, dict]
    """Provenance of each network's weights."""
    human: Mapping = field(default_factory=dict)
    """``sources.yaml`` of the human data."""
    answers: Mapping[str, xr.Dataset] = field(default_factory=dict)
    """`nurture.categorical.categorical.categorical` of each network."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the software that ran the workflow, by name."""
    pdfs: Mapping[str, bytes] = field(default_factory=dict)
    """PDF files by name."""

    @property
    def networks(self) -> list[str]:
        """Compared networks in the order of the figures."""
        return list(self.config["experiment"]["networks"])

    def units_of(self, network: str) -> list[xr.Dataset]:
        """Pick what is kept of the units of a network's layers."""
        return [layer for layer in self.units if layer.attrs["network"] == network]


def read_tables(paths: Sequence[str]) -> tuple[dict[str, pd.DataFrame], dict[str, bytes]]:
    """Read CSV tables, and their bytes, by name."""
    tables = {Path(path).stem: read_table(path, "figures") for path in paths}
    return tables, {Path(path).stem: Path(path).read_bytes() for path in paths}


def read_figures(paths: Sequence[str]) -> dict[str, bytes]:
    """Read figures by name."""
    return {Path(path).stem: Path(path).read_bytes() for path in paths}


def read_stimuli(path: str) -> StimulusSet:
    """Read the labels of a stimulus set and what is known of its file."""
    with open_dataset(path, RULE_OF_IMAGES, ["image"]) as dataset:
        labels, attributes = read_labels(dataset), dict(dataset.attrs)
    with Path(path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return StimulusSet(Path(path).parent.name, Path(path), labels, attributes, digest)


def read_units(path: str) -> xr.Dataset:
    """Read what is kept of a layer's units."""
    with open_dataset(path, "report_units", ["most", "least"]) as dataset:
        return dataset.load()


def read_answers(path: str) -> xr.Dataset:
    """Read a network's answers to every morph."""
    with open_dataset(path, "categorical", ["answer"]) as dataset:
        return dataset[["answer"]].load()
