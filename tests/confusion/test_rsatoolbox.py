"""Geometry and noise ceilings beside rsatoolbox, which computes them by code of its own."""

from pathlib import Path

import numpy as np
import pytest
from rsatoolbox.data import Dataset
from rsatoolbox.inference.noise_ceiling import boot_noise_ceiling
from rsatoolbox.rdm import RDMs, calc_rdm, compare

from nurture.confusion.ceiling import between_studies
from nurture.confusion.choice import fit_choice
from nurture.confusion.geometry import geometry, geometry_table
from nurture.confusion.human import read_counts, read_humans
from nurture.confusion.likeness import STATISTICS, pair_cells
from nurture.core.files import read_labels

HUMANS = read_humans(Path(__file__).parents[2] / "config" / "human", read=read_counts)
SIMILAR = np.array([pair_cells(fit_choice(one).similarity) for one in HUMANS.values()])


@pytest.fixture
def file(layer):
    return layer.faces(25, 0, 3, n_units=40, expression=10, both=10, identity=10)


def rdm_of(file):
    """Cross-validated distances of rsatoolbox, which divides them by the number of units."""
    labels = read_labels(file)
    half = np.array(["even", "odd"])[labels["identity"].to_numpy() % 2]
    dataset = Dataset(
        file["activation"].to_numpy().astype(float),
        obs_descriptors={"expression": labels["expression"].to_numpy(str), "half": half},
    )
    return calc_rdm(dataset, method="crossnobis", descriptor="expression", cv_descriptor="half")


def test_distances_are_cross_validated_as_by_rsatoolbox(file):
    ours = geometry([file])["distance"].to_numpy()[0]
    theirs = rdm_of(file).get_matrices()[0] * file.sizes["unit"]
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


def test_likeness_to_observers_is_that_of_rsatoolbox(file):
    table = geometry_table([geometry([file])], HUMANS).set_index("reference")
    found = compare(rdm_of(file), RDMs(-SIMILAR), method="spearman")[0]
    np.testing.assert_allclose(table.loc[list(HUMANS), "likeness"], found, atol=1e-9)


@pytest.mark.parametrize(
    ("statistic", "method"),
    [
        pytest.param("similarity_pearson", "corr", id="pearson"),
        pytest.param("similarity_spearman", "spearman", id="spearman"),
    ],
)
def test_noise_ceilings_are_those_of_rsatoolbox(statistic, method):
    ours = between_studies(HUMANS)[STATISTICS.index(statistic)].mean(axis=0)
    theirs = boot_noise_ceiling(RDMs(-SIMILAR), method=method)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
