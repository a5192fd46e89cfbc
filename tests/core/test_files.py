import errno
import zlib

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from nurture.core.errors import NurtureError
from nurture.core.files import (
    atomic,
    label_coordinates,
    open_dataset,
    read_labels,
    read_table,
    write_dataset,
    write_table,
)

LABELS = pd.DataFrame(
    {
        "expression": ["surprise", "anger", "none"],
        "identity": [7, 7, 8],
        "continuum": ["none", "none", "anger-fear"],
        "level": [np.nan, np.nan, 0.25],
    }
)


def test_labels_become_cf_flags():
    coordinates = label_coordinates(LABELS)
    assert coordinates["expression"].values.tolist() == [5, 0, 7]
    meanings = "anger disgust fear happiness sadness surprise neutral none"
    assert coordinates["expression"].attrs["flag_meanings"] == meanings
    assert coordinates["expression"].attrs["flag_values"].tolist() == list(range(8))
    assert coordinates["continuum"].values.tolist() == [1, 1, 0]
    assert coordinates["continuum"].attrs["flag_meanings"] == "anger-fear none"


def test_labels_survive_a_file(tmp_path):
    write_dataset(xr.Dataset(coords=label_coordinates(LABELS)), tmp_path / "x.nc")
    with open_dataset(tmp_path / "x.nc", "images") as dataset:
        pd.testing.assert_frame_equal(
            read_labels(dataset), LABELS, check_dtype=False, check_like=True
        )


def test_other_expressions_follow_the_basic_ones():
    names = ["pain", "fear", "contempt"]
    coordinate = label_coordinates(pd.DataFrame({"expression": names}))["expression"]
    assert coordinate.values.tolist() == [9, 2, 8]
    assert coordinate.attrs["flag_meanings"].split()[6:] == ["neutral", "none", "contempt", "pain"]


def test_atomic_keeps_the_old_file_when_writing_fails(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(TypeError), atomic(path) as part:
        part.write_text(3)
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]
    assert path.read_text() == "old"


def test_same_content_same_bytes(tmp_path):
    dataset = xr.Dataset({"f": ("unit", np.arange(5.0))}, label_coordinates(LABELS))
    for name in "ab":
        write_dataset(dataset, tmp_path / f"{name}.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def _whole(path):
    write_dataset(xr.Dataset({"f": ("unit", np.arange(5000.0))}), path)


def _truncated(path):
    _whole(path)
    path.write_bytes(path.read_bytes()[:9000])


BROKEN = [
    pytest.param(lambda path: None, "no such file; rule selectivity makes it", id="missing"),
    pytest.param(lambda path: path.write_text("text"), "not a readable netCDF", id="text"),
    pytest.param(lambda path: path.touch(), "not a readable netCDF", id="empty"),
    pytest.param(_truncated, "not a readable netCDF", id="truncated"),
    pytest.param(_whole, "holds no variable p", id="another file"),
]


@pytest.mark.parametrize(("make", "message"), BROKEN)
def test_broken_file_is_one_clear_line(tmp_path, make, message):
    path = tmp_path / "x.nc"
    make(path)
    with pytest.raises(NurtureError, match=message) as caught:
        open_dataset(path, "selectivity", ["p"])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_table_round_trip_and_format(tmp_path):
    table = pd.DataFrame({"network": ["a"], "r": [1 / 3], "n": [4], "note": [""]})
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "network,r,n,note\na,0.3333333333,4,\n"
    assert read_table(tmp_path / "t.csv", "summary")["n"].tolist() == [4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "no such file; rule summary makes it", id="missing"),
        pytest.param(b"", "not a readable table", id="empty"),
        pytest.param(b"\xff\xfe\x00", "not a readable table", id="binary"),
    ],
)
def test_broken_table_is_one_clear_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(NurtureError, match=message):
        read_table(tmp_path / "t.csv", "summary")


def test_a_changed_bit_is_noticed_and_other_libraries_read_on(tmp_path):
    """The checksum follows the last byte that HDF5 reads; files without one are read as well."""
    path = tmp_path / "x.nc"
    _whole(path)
    data = path.read_bytes()
    assert data[-22:-8] == b"nurture crc32 "
    assert int(data[-8:], 16) == zlib.crc32(data[:-22])
    with h5py.File(path) as file:
        assert file["f"][4999] == 4999
    path.write_bytes(data[:-22])
    with open_dataset(path, "selectivity", ["f"]) as dataset:
        assert dataset.f[4999] == 4999
    path.write_bytes(data[:9000] + bytes([data[9000] ^ 1]) + data[9001:])
    with pytest.raises(
        NurtureError, match=r"x\.nc: damaged since it was written; delete it and run"
    ):
        open_dataset(path, "selectivity")


def test_atomic_clears_what_a_killed_process_left(tmp_path):
    mine, others = [".x.123.part.csv"], [".x.y.123.part.csv", ".x.123.part.nc", ".y.123.part.csv"]
    for name in mine + others:
        (tmp_path / name).touch()
    with atomic(tmp_path / "x.csv") as part:
        part.write_text("a")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "x.csv"])


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param(errno.ENOSPC, "no space left on the disk; free some", id="full"),
        pytest.param(errno.EDQUOT, "no space left on the disk; free some", id="quota"),
        pytest.param(errno.EROFS, "its folder cannot be written to", id="read-only"),
    ],
)
def test_what_a_disk_refuses_is_one_clear_line(tmp_path, number, message):
    with pytest.raises(NurtureError, match=message) as caught, atomic(tmp_path / "x.csv"):
        raise OSError(number, "of the system")
    assert str(tmp_path / "x.csv") in str(caught.value)


def test_no_whole_file_is_called_to_be_deleted(tmp_path):
    """What a disk does not give, or a library does not open, may be whole."""
    with atomic(tmp_path / "x.nc") as part:
        part.write_bytes(b"not netCDF, but what was written")
    (tmp_path / "y.nc").mkdir()
    (tmp_path / "z.csv").mkdir()
    for read, name in ((open_dataset, "x.nc"), (open_dataset, "y.nc"), (read_table, "z.csv")):
        with pytest.raises(
            NurtureError, match=r"cannot be read \(.+\), though it may be whole: keep"
        ):
            read(tmp_path / name, "images")
