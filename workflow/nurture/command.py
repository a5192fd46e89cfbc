"""What the command ``nurture`` answers beside a run; ``nurture --help`` lists it.

What a command needs is imported when it is called, so that help and terms are there at once.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from nurture.core.errors import NurtureError

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
EPILOG = """\
examples:
  nurture layers mine --config mine.yaml     the layers of your network
  nurture check-faces selection              what a stimulus set holds, and a sheet of its faces
  nurture missing                            what the published experiment lacks here

A run itself is Snakemake's: snakemake --configfile mine.yaml. Paths in a configuration are relative
to the folder in which you are. An error is one line, and the exit status is then 1.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer one call.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line.

    Raises
    ------
    SystemExit
        With one line and status 1 where something is wrong; with 2, and how it is to be called,
        where the call is; after ``--help``.
    """
    given = parser().parse_args(arguments)
    remarks = logging.StreamHandler()
    remarks.setFormatter(logging.Formatter("nurture: %(message)s"))
    logging.getLogger("nurture").addHandler(remarks)
    try:
        if not SCHEMA.is_file():
            raise NurtureError(
                "this installation is the package alone, without the configuration that commands "
                "are about; call .venv/bin/nurture of a clone"
            )
        sys.stdout.write(given.answer(given))
    except NurtureError as error:
        sys.exit(f"nurture: {error}")
    finally:
        logging.getLogger("nurture").removeHandler(remarks)


def parser() -> argparse.ArgumentParser:
    """Make what reads a command line and prints its help."""
    whole = argparse.ArgumentParser(
        "nurture",
        description="Questions about networks, faces and files, answered without a run.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(required=True, metavar="command", title="commands")

    def add(answer: Callable[[argparse.Namespace], str], what: str) -> argparse.ArgumentParser:
        name = answer.__name__.removeprefix("_").replace("_", "-")
        added = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        added.set_defaults(answer=answer)
        return added

    configured = "configuration files, merged over config/config.yaml in their order"
    layers = add(_layers, "list the layers of a network, and why others cannot be read")
    layers.add_argument("network", nargs="?", help="its name under networks")
    layers.add_argument("--config", metavar="FILE", nargs="+", default=[], help=configured)
    faces = add(_check_faces, "count the faces of a stimulus set, and draw them on a sheet")
    faces.add_argument("set", help="its name under stimuli")
    faces.add_argument("--config", metavar="FILE", nargs="+", default=[], help=configured)
    weights = add(_weights_check, "describe a file of weights of VGG-Face or VGG-16")
    weights.add_argument("file", type=Path, help="in any published layout")
    missing = add(_missing, "list the face sets and weights that are not there, and their sources")
    paper = [ROOT / "config" / "paper.yaml"]
    told = f"{configured}; the published experiment, config/paper.yaml, where none is given"
    missing.add_argument("--config", metavar="FILE", nargs="+", default=paper, help=told)
    add(_terms, "list the terms under which face sets and weights are to be had, in Markdown")
    return whole


def _layers(given: argparse.Namespace) -> str:
    import torch

    from nurture.networks.listing import configured
    from nurture.networks.reading import list_layers
    from nurture.networks.tracing import layer_table
    from nurture.running.merging import read_configuration

    torch.set_num_threads(1)  # as a job has
    config = read_configuration(given.config)
    settings = configured(given.network, config)
    with redirect_stdout(sys.stderr):  # what a user's network prints, beside the table
        layers = list_layers(settings, config["activations"])
    return layer_table(layers) + "\n"


def _check_faces(given: argparse.Namespace) -> str:
    from nurture.core.files import write_table
    from nurture.core.progress import progress
    from nurture.core.style import save
    from nurture.stimuli.preview.contact_sheet import draw
    from nurture.stimuli.preview.counting import count_faces, describe_set
    from nurture.stimuli.preview.faces import describe, make_faces
    from nurture.stimuli.preview.sheet import sheet_grid

    config = _checked(given.config)
    shown = describe(config, given.set)
    sys.stdout.write(describe_set(given.set, shown.labels, shown.dropped) + "\n")
    grid = sheet_grid(shown.labels)
    positions = grid.positions[grid.positions >= 0].tolist()
    made = make_faces(config, given.set, shown, positions)
    faces = {position: face for position, *face in progress(made, len(set(positions)), "faces")}
    folder = Path(config["results"], "check")
    paths = [folder / f"{given.set}{end}" for end in (".png", ".csv", "-dropped.csv")]
    save(draw(faces, grid, f"Stimulus set {given.set}"), paths[:1])
    write_table(count_faces(shown.labels).rename_axis("person").reset_index(), paths[1])
    write_table(shown.dropped, paths[2])
    return f"Sheet, counts, dropped: {', '.join(map(str, paths))}\n"


def _weights_check(given: argparse.Namespace) -> str:
    from nurture.networks.layouts.check import weights_check

    return weights_check(given.file) + "\n"


def _missing(given: argparse.Namespace) -> str:
    from nurture.running.figures import declared
    from nurture.running.missing import available, describe_missing, find_missing

    config = _checked(given.config)
    missing = find_missing(config)
    if not missing:
        return "Nothing is missing.\n"
    # As rule all asks for them.
    targets = [figure.name for figure in declared() if figure.wanted(config)]
    targets += ["summary", "replication", "conclusions", "report"]
    return describe_missing(missing, available(config, missing), targets) + "\n"


def _terms(given: argparse.Namespace) -> str:
    from nurture.running.missing import terms_table

    return terms_table() + "\n"


def _checked(configfiles: Sequence[Path]) -> dict:
    from nurture.running.config import check_config
    from nurture.running.merging import read_configuration

    config = read_configuration(configfiles)
    check_config(config, SCHEMA)
    return config


if __name__ == "__main__":
    main()
