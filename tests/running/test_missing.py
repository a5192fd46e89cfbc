from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from nurture.core.errors import NurtureError
from nurture.networks.layouts.known import LAYOUTS
from nurture.running.missing import (
    available,
    check_weights,
    describe_missing,
    find_missing,
    lacking,
    possible,
    present_sets,
    read_weight_files,
    terms_table,
)

CONFIGURED = Path(__file__).parents[2] / "config"
FIGURES = ("tuning", "validity", "confusion", "fits", "new", "controls")
TARGETS = [f"results/figures/{n}.svg" for n in FIGURES]
CONFIG = {
    "results": "results",
    "experiment": {
        "networks": ["vgg-face", "untrained"],
        "select_on": "lab",
        "train_on": "lab",
        "test_on": "rafd",
        "morphs": "morphs",
        "judge": "expressions",
        "controls": ["upside"],
    },
    "stimuli": {
        "lab": {
            "kind": "photographs",
            "sets": [{"set": "kdef", "folder": "kdef"}, {"set": "nimstim", "folder": "nimstim"}],
        },
        "rafd": {"kind": "photographs", "sets": [{"set": "rafd", "folder": "rafd"}]},
        "morphs": {"kind": "photograph-continua", "from": "rafd"},
        "upside": {"kind": "control", "of": "extra", "control": "inverted"},
        "extra": {"kind": "photographs", "sets": [{"set": "jaffe", "folder": "jaffe"}]},
    },
    "networks": {
        "vgg-face": {"weights": "w/VGG_FACE.t7"},
        "untrained": {"weights": "untrained"},
        "expressions": {"weights": "package"},
    },
}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _bring(*folders):
    for folder in folders:
        Path(folder).mkdir()


def test_all_that_is_missing_is_listed_once():
    missing = find_missing(CONFIG)
    assert [entry.place for entry in missing] == [
        "kdef",
        "nimstim",
        "rafd",
        "jaffe",
        "w/VGG_FACE.t7",
    ]
    assert missing[-1].what == "VGG-Face, Torch7"
    assert missing[0].source == "https://kdef.se"


BROUGHT = [
    pytest.param([], ["untrained"], [], [], id="nothing"),
    pytest.param(["nimstim"], ["untrained"], ["nimstim"], ["tuning", "validity"], id="one set"),
    pytest.param(
        ["kdef", "nimstim", "rafd"], ["untrained"], ["kdef", "nimstim"],
        ["tuning", "validity", "confusion", "fits", "new"], id="all sets",
    ),
    pytest.param(
        ["kdef", "nimstim", "jaffe"], ["untrained"], ["kdef", "nimstim"],
        ["tuning", "validity", "controls"], id="controls of a set of their own",
    ),
    pytest.param(["rafd"], ["untrained"], [], [], id="nothing to select on"),
]  # fmt: skip


@pytest.mark.parametrize(("brought", "networks", "sets", "figures"), BROUGHT)
def test_what_is_there_runs(brought, networks, sets, figures):
    _bring(*brought)
    config = available(CONFIG, find_missing(CONFIG))
    assert config["experiment"]["networks"] == networks
    assert [part["set"] for part in config["stimuli"]["lab"]["sets"]] == sets
    assert [Path(path).stem for path in possible(config, TARGETS)] == figures


def test_a_network_joins_when_its_weights_come():
    _bring("w")
    Path("w/VGG_FACE.t7").write_bytes(b"")
    config = available(CONFIG, find_missing(CONFIG))
    assert config["experiment"]["networks"] == ["vgg-face", "untrained"]
    assert lacking(config) == ["select_on", "train_on", "test_on", "morphs", "controls"]


def test_the_configuration_itself_stays_as_it_is():
    available(CONFIG, find_missing(CONFIG))
    assert CONFIG["experiment"]["networks"] == ["vgg-face", "untrained"]
    assert len(CONFIG["stimuli"]["lab"]["sets"]) == 2


def test_the_table_says_where_everything_goes():
    missing = find_missing(CONFIG)
    text = describe_missing(missing, available(CONFIG, missing), TARGETS)
    for entry in missing:
        [line] = [line for line in text.splitlines() if f"  {entry.place} " in line]
        assert entry.source in line
    assert (
        "Left out: tuning, validity, confusion, fits, new, controls (nothing for select_on" in text
    )


MADE = [
    pytest.param("summary.csv", True, id="summary"),
    pytest.param("tables/confusion.csv", True, id="table"),
    pytest.param("figures/tuning.svg", True, id="figure"),
    pytest.param("stimuli/lab/faces.nc", False, id="stimuli"),
    pytest.param("networks/untrained.safetensors", False, id="another network"),
]


@pytest.mark.parametrize(("made", "stops"), MADE)
def test_weights_that_are_missing_stop_what_is_made_of_all_networks(made, stops):
    networks = CONFIG["networks"] | {"vgg-face": {"weights": "mine.pth"}}
    config = CONFIG | {"networks": networks, "results": "results/mine"}
    message = r"^mine\.pth \(weights of vgg-face\): no such file; .* or run .* with --keep-going$"
    with pytest.raises(NurtureError, match=message) if stops else nullcontext():
        check_weights(config, [f"results/mine/{made}"])


def test_weights_of_unknown_name_are_the_users_own():
    config = CONFIG | {"networks": CONFIG["networks"] | {"vgg-face": {"weights": "mine.pth"}}}
    [entry] = [entry for entry in find_missing(config) if entry.place == "mine.pth"]
    assert (entry.what, entry.source, entry.terms) == (
        "weights of vgg-face",
        "your own",
        "your own",
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_terms_of_every_layout_are_told(layout):
    named = [name for name in read_weight_files() if name in layout.title]
    assert len(named) >= 1 + (layout.name == "vgg-face-matconvnet")


KDEF = [
    "Karolinska Directed Emotional Faces (KDEF)",
    "https://kdef.se",
    "copyright Karolinska Institutet; research use, on request; not redistributable",
]
TORCHVISION = [
    "VGG-16, PyTorch, of torchvision: vgg16-397923af.pth",
    "https://github.com/pytorch/vision",
    "code BSD-3-Clause; weights trained on ImageNet, whose images are for non-commercial research "
    "(RECALLED)",
]


def test_the_terms_of_every_set_and_file_are_in_the_table():
    """As a reader of Markdown sees it, that is another's."""
    tokens = MarkdownIt().enable("table").parse(terms_table())
    texts = ["".join(part.content for part in t.children) for t in tokens if t.type == "inline"]
    head, *rows = [texts[i : i + 3] for i in range(0, len(texts), 3)]
    assert len(texts) % 3 == 0
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(rows)
    assert head == ["what", "where", "terms"]
    assert KDEF in rows
    assert TORCHVISION in rows
    sets = yaml.safe_load((CONFIGURED / "face_sets.yaml").read_text(encoding="utf-8"))
    files = yaml.safe_load((CONFIGURED / "weights.yaml").read_text(encoding="utf-8"))
    expected = [[e["title"], e["source"], e["terms"]] for e in sets.values()]
    expected += [[f"{e['title']}: {name}", e["source"], e["terms"]] for name, e in files.items()]
    assert rows == expected


def test_what_a_rule_makes_is_not_missing():
    made = {**CONFIG["networks"]["vgg-face"], "weights": "results/reared/faces-1.safetensors"}
    config = {**CONFIG, "networks": {**CONFIG["networks"], "vgg-face": made}}
    assert "results/reared/faces-1.safetensors" not in {m.place for m in find_missing(config)}
    made["weights"] = "config/reared/faces-1.safetensors"
    assert "config/reared/faces-1.safetensors" in {m.place for m in find_missing(config)}


def test_a_set_of_which_nothing_is_there_is_named_with_its_folder():
    given = {"stimuli": {"mine": {"sets": [{"set": "folders", "folder": "there"}]}}}
    config = {"stimuli": {"mine": {"sets": []}}}
    [part] = present_sets(given, given, "mine")
    assert part == {"set": "folders", "folder": "there", "numbering": "there/"}
    with pytest.raises(NurtureError, match="there: no such folder; put the photographs of mine"):
        present_sets(config, given, "mine")
