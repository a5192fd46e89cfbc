import csv
import importlib

import pytest

from benchmarks import gpu_check


@pytest.fixture
def table(tmp_path, monkeypatch):
    path = tmp_path / "results" / "gpu_check.csv"
    monkeypatch.setattr(gpu_check, "TABLE", path)
    return path


def test_the_list_of_packages_is_enough_and_none_is_missing_here():
    assert gpu_check.absent() == []


def test_a_bare_machine_is_told_what_to_install(monkeypatch, capsys, table):
    monkeypatch.setattr(gpu_check, "PACKAGES", ("numpy", "no-such-package"))
    assert gpu_check.main() == 0
    said = capsys.readouterr().out
    assert said == (
        "gpu-check: skipped: not installed: no-such-package; "
        "pip install --no-deps no-such-package\n"
    )
    assert not table.exists()


def test_a_machine_without_a_gpu_is_skipped_in_one_line(monkeypatch, capsys, table):
    torch = importlib.import_module("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main() == 0
    assert capsys.readouterr().out == "gpu-check: skipped: torch sees no CUDA device here\n"


def test_the_cpu_agrees_with_itself_and_the_table_says_so(table, capsys, monkeypatch):
    lines = [
        *gpu_check.analysis("cpu", 3),
        *gpu_check.rendering("cpu", 1),
        *gpu_check.throughput("cpu", 2, 32),
    ]
    limited = [each for each in lines if each["limit"] != "" and "bare loop" not in each["check"]]
    assert {each["met"] for each in limited} == {"yes"}
    gpu_check.write(lines)
    with table.open() as file:
        assert [row["check"] for row in csv.DictReader(file)] == [each["check"] for each in lines]
    assert capsys.readouterr().out.count("\n") == len(lines) + 2


@pytest.mark.parametrize(
    ("value", "limit", "met"),
    [(1.2, 1.1, "no"), (1.1, 1.1, "yes"), (0.0, 0.0, "yes"), (3, None, "")],
)
def test_a_limit_is_kept_or_not(value, limit, met):
    assert gpu_check.line("a", value, limit)["met"] == met


def test_responses_that_are_off_are_found(table, monkeypatch):
    right = gpu_check.responses

    def wrong(device, images, layers):
        found = right("cpu", images, layers)
        if device == "other":
            found["conv5_3"][0][0] *= 1.01
        return found

    monkeypatch.setattr(gpu_check, "responses", wrong)
    lines = gpu_check.analysis("other", 3)
    missed = [each["check"] for each in lines if each["met"] == "no"]
    assert missed[0].startswith("responses of conv5_3")
