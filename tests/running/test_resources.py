import pytest

from nurture.running.resources import memory, minutes


@pytest.fixture
def files(tmp_path):
    """Two files of 3 MB and 1 MB, and one that is not made yet."""
    (tmp_path / "large.nc").write_bytes(bytes(3_000_000))
    (tmp_path / "small.nc").write_bytes(bytes(1_000_000))
    return [str(tmp_path / name) for name in ("large.nc", "small.nc", "later.nc")]


@pytest.mark.parametrize(
    ("base", "per_mb", "attempt", "expected"),
    [
        pytest.param(500, 0, 1, 500, id="constant"),
        pytest.param(500, 2, 1, 508, id="grows-with-input"),
        pytest.param(500, 2, 3, 1524, id="grows-with-attempt"),
    ],
)
def test_memory(files, base, per_mb, attempt, expected):
    assert memory(base, per_mb)(None, files, attempt) == expected


def test_memory_of_a_job_that_reads_blocks_is_bounded(files):
    assert memory(500, 2, most=503)(None, files, 1) == 503
    assert memory(500, 2, most=503)(None, files, 2) == 1006
    assert memory(500, 2, most=600)(None, files, 1) == 508


def test_minutes_are_whole(files):
    assert minutes(10, 0.1)(None, files, 2) == 21


def test_compressed_activations_count_for_what_is_read_from_them(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compressed = tmp_path / "results/activations/net/set/conv.nc"
    compressed.parent.mkdir(parents=True)
    compressed.write_bytes(bytes(2_000_000))
    read = [*files, "results/activations/net/set/conv.nc"]
    assert memory(500, 10, spread=4)(None, read, 1) == 500 + 10 * (3 + 1 + 4 * 2)
    assert minutes(1, 1, spread=4)(None, read, 1) == 1 + 3 + 1 + 4 * 2
    assert memory(500, 10)(None, read, 1) == 500 + 10 * (3 + 1 + 2)
