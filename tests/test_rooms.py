"""The order of the rooms: each imports from those below it, and never from one above."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "workflow" / "nurture"

ROOMS = (
    *("core", "statistics"),
    *("stimuli.rendered", "stimuli.photographs", "stimuli", "stimuli.preview"),
    *("networks", "activations"),
    *("selectivity", "decoding", "confusion", "categorical", "observers"),
    *("experience", "rearing", "report", "running"),
)
"""From the ground up, as docs/contributing.md draws them."""

FACE = (PACKAGE / "__init__.py", PACKAGE / "api.py", PACKAGE / "command.py")
"""What ``import nurture`` and the command offer; it stands above all rooms."""

ARROWS = 65


def room_of(module: str) -> str:
    """Name the room of a module: the longest that its name begins with."""
    inside = module.removeprefix("nurture.")
    return max((r for r in ROOMS if f"{inside}.".startswith(f"{r}.")), key=len, default="")


def arrows(package: Path) -> dict[tuple[str, str], list[str]]:
    """Find which room imports from which, and by which import."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted(set(package.rglob("*.py")) - set(FACE)):
        module = ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nurture."):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name.startswith("nurture.")]
            else:
                continue
            for name in names:
                pair = room_of(module.removesuffix(".__init__")), room_of(name)
                if pair[0] != pair[1]:
                    found.setdefault(pair, []).append(f"{module} imports {name}")
    return found


def upward(found: dict[tuple[str, str], list[str]]) -> list[str]:
    """Pick the imports of a room that stands above."""
    floor = {room: n for n, room in enumerate(ROOMS)}
    return [why for (a, b), all_ in found.items() if floor[b] > floor[a] for why in all_]


def test_every_module_has_a_room():
    outside = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if not room_of(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
        and path not in FACE
    ]
    assert outside == []


def test_no_room_imports_from_one_above():
    assert upward(arrows(PACKAGE)) == []


def test_there_are_few_arrows():
    assert len(arrows(PACKAGE)) <= ARROWS


@pytest.mark.parametrize(
    "statement",
    ["from nurture.report.page import render", "import nurture.report.page"],
    ids=["from", "import"],
)
def test_an_import_of_a_higher_room_is_found(tmp_path, statement):
    path = tmp_path / "nurture" / "core" / "low.py"
    path.parent.mkdir(parents=True)
    path.write_text(f"{statement}\n")
    (fault,) = upward(arrows(tmp_path / "nurture"))
    assert fault.startswith("nurture.core.low imports nurture.report.page")


def test_rules_and_tests_bear_the_names_of_the_rooms():
    top = {room for room in ROOMS if "." not in room}
    tests = {path.name for path in (PACKAGE.parents[1] / "tests").iterdir() if path.is_dir()}
    assert top - tests == {"statistics"} - tests
    rules = {path.stem for path in (PACKAGE.parent / "rules").glob("*.smk")}
    assert rules - top == {"head", "figures", "logs", "software", "groups"}
