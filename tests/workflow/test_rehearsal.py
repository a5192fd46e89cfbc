"""The rehearsal's files are in the grammar of the sets; `make rehearsal` itself runs in CI."""

import importlib.util
import itertools
from pathlib import Path

import pytest
import yaml
from PIL import Image

from nurture.core.expressions import EXPRESSIONS
from nurture.stimuli.photographs.scanning import scan
from nurture.stimuli.photographs.selecting import select

ROOT = Path(__file__).parents[2]
PAPER = yaml.safe_load((ROOT / "config/paper.yaml").read_text())


@pytest.fixture
def rehearsal(monkeypatch):
    """The script, with grey pictures of sizes of their own for faces."""
    path = ROOT / "tests/rehearsal.py"
    spec = importlib.util.spec_from_file_location("rehearsal", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    heights = itertools.count(40)

    def faces(_first, identities, expressions, **_varied):
        for number in range(identities):
            for expression in expressions:
                yield number, expression, Image.new("RGB", (40, next(heights)), "grey")

    monkeypatch.setattr(script, "faces", faces)
    return script


BLACK = {"AF01/AF01HAS.JPG", "AM01/AM01HAFR.JPG"}
WRITTEN = [
    pytest.param("kdef", "kdef-nimstim", 0, 24, BLACK, id="KDEF"),
    pytest.param("nimstim", "kdef-nimstim", 1, 24, set(), id="NimStim"),
    pytest.param("rafd", "rafd", 0, 24, set(), id="RaFD"),
    pytest.param(
        "affectnet", "affectnet", 0, 18, {"9/gone.jpg"}, id="AffectNet"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "stimuli", "place", "count", "unusable"), WRITTEN)
def test_the_paper_finds_its_photographs(
    rehearsal, tmp_path, kind, stimuli, place, count, unusable
):
    getattr(rehearsal, f"write_{kind}")(tmp_path)
    table, dropped = scan(kind, tmp_path)
    assert set(dropped["path"]) == unusable
    chosen, _ = select(table, PAPER["stimuli"][stimuli]["sets"][place]["select"])
    counts = chosen["expression"].value_counts()
    assert len(chosen) == count
    assert (counts == count // 6).all()
    assert set(counts.index) == set(EXPRESSIONS)


def test_the_paper_looks_for_all_that_is_brought_in_the_folder(rehearsal, tmp_path):
    rehearsal.write_configuration(tmp_path)
    copied, paper = (tmp_path / "paper.yaml").read_text(), (ROOT / "config/paper.yaml").read_text()
    assert copied.replace(f"{tmp_path}/", "") == paper
    config = yaml.safe_load(copied)
    assert config["networks"]["vgg-face"]["weights"] == (
        f"{tmp_path}/weights/rcmalli_vggface_tf_notop_vgg16.h5"
    )
    folders = [p["folder"] for s in config["stimuli"].values() for p in s.get("sets", ())]
    names = ("kdef", "nimstim", "rafd", "affectnet")
    assert folders == [f"{tmp_path}/photographs/{name}" for name in names]


def test_the_rehearsed_files_are_those_of_the_configuration():
    change = yaml.safe_load((ROOT / "config/rehearsal.yaml").read_text())
    script = (ROOT / "tests/rehearsal.py").read_text()
    networks = PAPER["networks"].keys() & change["networks"].keys()
    files = [
        change["networks"][name].get("weights", PAPER["networks"][name]["weights"])
        for name in networks
    ]
    brought = [file for file in files if file != "untrained"]
    assert len(brought) == 2
    assert all(Path(file).name in script for file in brought)
    for parts in (s["sets"] for s in PAPER["stimuli"].values() if "sets" in s):
        assert all(f'"{part["folder"]}"' in script for part in parts)
