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
  nurture observers data/*.csv               a human set of the answers of observers
  nurture missing                            what the published experiment lacks here

A run itself is Snakemake's: snakemake --configfile mine.yaml. Paths in a configuration are relative
to the folder in which you are. An error is one line, and the exit status is then 1.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer one call.

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
    faces = add(_check_faces, "count the faces of a stimulus set, and draw them on a sheet")
    faces.add_argument("set", help="its name under stimuli")
    weights = add(_weights_check, "describe a file of weights of VGG-Face or VGG-16")
    weights.add_argument("file", type=Path, help="in any published layout")
    people = add(_observers, "read the answers of observers, and make a human set of them")
    people.add_argument("files", nargs="+", type=Path, help=".csv, .json or .txt of the experiment")
    people.add_argument("--name", default="own", help="of the human set: letters, digits, -; own")
    folder = "folder for it and the other human sets, for human.folder; observers"
    people.add_argument("--to", type=Path, default=Path("observers"), metavar="FOLDER", help=folder)
    page = "folder of the experiment's page; that of the configuration's results"
    people.add_argument("--experiment", type=Path, metavar="FOLDER", help=page)
    for one in (layers, faces, people):
        one.add_argument("--config", metavar="FILE", nargs="+", default=[], help=configured)
    missing = add(_missing, "list the face sets and weights that are not there, and their sources")
    paper = [ROOT / "config" / "paper.yaml"]
    described = f"{configured}; the published experiment, config/paper.yaml, where none is given"
    missing.add_argument("--config", metavar="FILE", nargs="+", default=paper, help=described)
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


def _observers(given: argparse.Namespace) -> str:
    from nurture.confusion.sources import read_sources
    from nurture.core.files import write_table
    from nurture.observers import own_set, reading

    own_set.check_name(given.name)
    config = _checked(given.config)
    folder = given.experiment or Path(config["results"], "experiment")
    experiment = reading.read_experiment(folder)
    sessions = reading.read_sessions(given.files, experiment)
    observers = reading.judge(sessions, config["observers"]["exclude"], experiment)
    trials = reading.kept_trials(sessions, observers)
    counts = own_set.observer_counts(trials)
    matrix = own_set.matrix(counts)
    entry = own_set.source(given.name, counts, experiment, config["seed"])
    sources = read_sources(config["human"]["folder"])
    sources["confusion"] = sources["confusion"] | {given.name: entry}
    own_set.copy_humans(Path(config["human"]["folder"]), given.to)
    write_table(matrix, given.to / entry["file"])
    write_table(trials, given.to / entry["trials"])
    write_table(observers, given.to / f"{given.name}-observers.csv")
    path = given.to / "sources.yaml"
    own_set.write_sources(sources, path)
    return own_set.described(observers, path)


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
