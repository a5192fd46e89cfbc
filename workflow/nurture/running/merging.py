"""The configuration as Snakemake puts it together, for commands that run without a workflow."""

import copy
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import yaml
from snakemake.utils import update_config

from nurture.core.errors import NurtureError
from nurture.running.config import with_home

DEFAULT = Path(__file__).parents[3] / "config" / "config.yaml"


def merged(config: Mapping, changes: Mapping) -> dict:
    """Merge one configuration over another, as Snakemake does; both stay as they are."""
    result = copy.deepcopy(dict(config))
    update_config(result, copy.deepcopy(dict(changes)))
    return result


def read_configuration(configfiles: Iterable[str | Path]) -> dict:
    """Read the default configuration and merge others over it; see `read_file`."""
    config: dict = {}
    for path in (DEFAULT, *configfiles):
        config = merged(config, read_file(path))
    return with_home(config)


def read_file(path: str | Path) -> dict:
    """Read one file of a configuration; refuse what is not YAML with keys, each given once."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise NurtureError(
            f"no such file: {path}; name configurations, and targets after --"
        ) from None
    except OSError as error:
        raise NurtureError(f"{path}: {error.strerror}; name a configuration file") from error
    try:
        loader = yaml.SafeLoader(data.decode("utf-8"))
        node = loader.get_single_node()
        for place, fault in _faults(node):
            raise NurtureError(f"{path}, line {place.start_mark.line + 1}: {fault}")
        config = node and loader.construct_document(node)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise NurtureError(f"{path}, {_explain(error, data)}") from error
    except RecursionError as error:
        raise NurtureError(f"{path}: lists in lists, too deep; write fewer") from error
    if not isinstance(config, dict):
        raise NurtureError(f"{path}: no keys at the top level; write for example 'seed: 1'")
    if "__use_yte__" in config:
        raise NurtureError(f"{path}: __use_yte__: code in a configuration is not run; remove it")
    return config


def _faults(node: yaml.Node | None, above: tuple = ()) -> Iterator[tuple[yaml.Node, str]]:
    """Find keys that are given twice, which YAML's readers take for the later one, and loops."""
    if node in above:
        yield node, "this holds itself; write it out"
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _faults(inner, (*above, node))
    elif isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, inner in node.value:
            if str(key.value) in lines:
                first = lines[key.value]
                yield key, f"{key.value!r} is in line {first} too; keep one of them"
            lines[str(key.value)] = key.start_mark.line + 1
            yield from _faults(inner, (*above, node))


def _explain(error: UnicodeDecodeError | yaml.YAMLError, data: bytes) -> str:
    """Describe in which line of a file its text or YAML's grammar is broken, and how."""
    if isinstance(error, UnicodeDecodeError):
        line = data.count(b"\n", 0, error.start) + 1
        return f"line {line}: not UTF-8; save it as UTF-8 text"
    if isinstance(error, yaml.reader.ReaderError):
        line = data.decode("utf-8").count("\n", 0, error.position) + 1
        return f"line {line}: a character that YAML does not allow; remove it"
    line, problem = error.problem_mark.line + 1, " ".join(error.problem.split())
    if "'\\t'" in problem:
        return f"line {line}: a tab; indent with spaces"
    return f"line {line}: not YAML: {problem}; correct it"


def check_given(arguments: Sequence[str]) -> None:
    """End a call of Snakemake whose configuration files cannot be read, with one line.

    Snakemake itself names neither file nor line, and reads them before the Snakefile. So a profile
    calls this with the arguments of the command line.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    default = [path for path in ("config/config.yaml",) if Path(path).is_file()]
    try:
        for path in default + parser.parse_known_args(arguments)[0].configfile:
            read_file(path)
    except NurtureError as error:
        sys.exit(f"nurture: {error}")
