"""Which figures and tables a report can show: read off the rules that make them.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath


def drawn_from(rules: Iterable, figures: Iterable[str]) -> dict[str, list[str]]:
    """List the tables that the rule of each figure reads, by the figure's SVG file."""
    wanted = [path for path in map(str, figures) if path.endswith(".svg")]
    read = {str(out): _tables(rule.input) for rule in rules for out in rule.output}
    return {path: read.get(path, []) for path in wanted}


def shown_tables(rules: Iterable, figures: Mapping[str, list[str]]) -> list[str]:
    """List every table behind figures, `drawn_from`, and what the same rules make beside."""
    behind = {table for tables in figures.values() for table in tables}
    made = [_tables(rule.output) for rule in rules]
    return sorted(behind.union(*(tables for tables in made if behind.intersection(tables))))


def _tables(files: Iterable) -> list[str]:
    # An input may be a function of the wildcards; none of those gives a table.
    paths = [PurePosixPath(str(file)) for file in files if isinstance(file, str)]
    return [str(p) for p in paths if p.parent.name == "tables" and p.suffix == ".csv"]
