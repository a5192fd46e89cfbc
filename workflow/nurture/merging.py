"""The configuration as Snakemake puts it together, for commands that run without a workflow."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from snakemake.utils import update_config

from nurture.errors import NurtureError

DEFAULT = Path(__file__).parents[2] / "config" / "config.yaml"


def merged(config: Mapping, changes: Mapping) -> dict:
    """Merge one configuration over another, as Snakemake does; both stay as they are."""
    result = copy.deepcopy(dict(config))
    update_config(result, copy.deepcopy(dict(changes)))
    return result


def read_configuration(configfiles: Iterable[str | Path]) -> dict:
    """Read the default configuration and merge others over it.

    Raises
    ------
    NurtureError
        When there is no such file.
    """
    config: dict = {}
    for path in (DEFAULT, *configfiles):
        if not Path(path).is_file():
            raise NurtureError(f"no such file: {path}")
        config = merged(config, yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {})
    return config
