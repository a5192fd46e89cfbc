"""Which layers of a network are there already, so that new ones are extracted alone, in one pass.

One job gives all layers of a network to a stimulus set, since one forward pass does; and Snakemake
reruns a job as a whole. So layers that were extracted under other settings than now, or not at
all, get a job of their own beside that of the layers which stay. Snakemake still decides which of
the two has to run.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from nurture.activations.settings import extracted_layers, extractions
from nurture.core.file_digest import file_contents
from nurture.core.names import file_stem

VARIABLE = "NURTURE_NEW_LAYERS"
"""Environment variable that tells a run's jobs what its main process has found."""

MADE_UNDER = "made_under"
"""Attribute of an activation file: `settings_digest` of the settings it was made under."""

INPUTS = {"images": "images_sha256", "network": "network_sha256"}
"""Attributes of an activation file that hold the digests of the files it was made from."""


class Extraction(NamedTuple):
    """Layers of one network, to one stimulus set, that one job makes."""

    network: str
    stimuli: str
    layers: list[str]
    new: bool

    @property
    def name(self) -> str:
        """Name of the job's rule."""
        return f"activations_{self.network}_{self.stimuli}" + "_new_layers" * self.new


def activation_files(results: str, network: str, stimuli: str, layers: list[str]) -> dict[str, str]:
    """Path of the activation file of each layer, in the folder of results."""
    folder = f"{results}/activations/{network}/{stimuli}"
    return {layer: f"{folder}/{file_stem(layer)}.nc" for layer in layers}


def extraction_inputs(results: str, network: str, stimuli: str) -> dict[str, str]:
    """Path of each file that an extraction reads."""
    return {
        "images": f"{results}/stimuli/{stimuli}/images.nc",
        "network": f"{results}/networks/{network}.safetensors",
    }


def settings_digest(settings: Mapping) -> str:
    """Digest of all that a rule's result depends on beside its input files.

    Parameters
    ----------
    settings : mapping
        What JSON can hold.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def hand_on_new_layers(config: Mapping, settings_of: Callable[[str], Mapping]) -> None:
    """Find the new layers of every network, and tell this run's jobs.

    To be called in a run's main process alone. A cluster job parses the Snakefile again in
    mid-run, when other files are there, and has to come to the same rules: it inherits an
    environment variable.

    Parameters
    ----------
    config : mapping
        The whole configuration.
    settings_of : callable
        From a network to all that its activations depend on beside input files. Its layers are no
        part of that.
    """
    found, results = [], config["results"]
    for network, stimuli in extractions(config):
        layers = extracted_layers(config, network, stimuli)
        files = activation_files(results, network, stimuli, layers)
        made_under = settings_digest(settings_of(network))
        new = new_layers(files, made_under, extraction_inputs(results, network, stimuli))
        if new:
            found.append([network, stimuli, new])
    os.environ[VARIABLE] = json.dumps(found)


def extraction_jobs(config: Mapping) -> Iterator[Extraction]:
    """Every extraction of the experiment, as the run's main process has cut it."""
    found = {(network, stimuli): new for network, stimuli, new in json.loads(os.environ[VARIABLE])}
    for network, stimuli in extractions(config):
        new = found.get((network, stimuli), [])
        layers = extracted_layers(config, network, stimuli)
        yield Extraction(network, stimuli, [name for name in layers if name not in new], False)
        if new:
            yield Extraction(network, stimuli, new, True)


def new_layers(
    paths: Mapping[str, str | Path], made_under: str, inputs: Mapping[str, str | Path]
) -> list[str]:
    """Find the layers that want a job of their own, so that others need not be made again.

    Only how jobs are cut depends on this, never which of them runs. The input files are read only
    where some layers stay and some do not.

    Parameters
    ----------
    paths : mapping of str to path
        For each layer its activation file, there or not.
    made_under : str
        `settings_digest` of the settings of now.
    inputs : mapping of str to path
        The job's input files, by the names in `INPUTS`.

    Returns
    -------
    list of str
        Layers whose files are absent, unfinished, or made under other settings or from other
        inputs than those of now. None where that is true of all of them, for one job is enough
        then.
    """
    stated = {layer: _stated(path) for layer, path in paths.items()}
    stay = {layer for layer in paths if stated[layer].get(MADE_UNDER) == made_under}
    if stay and len(stay) < len(paths):
        now = {INPUTS[name]: _contents(path) for name, path in inputs.items()}
        stay = {layer for layer in stay if now.items() <= stated[layer].items()}
    return [layer for layer in paths if layer not in stay] if stay else []


def _stated(path: str | Path) -> dict[str, str]:
    """Read the attributes of an activation file; none of one that is absent or unfinished."""
    if not Path(path).is_file() or _is_unfinished(path):
        return {}
    # Imported where it is needed: a cluster job is told what was found and opens no file.
    import h5py

    try:
        with h5py.File(path, locking=False) as file:
            names = {MADE_UNDER, *INPUTS.values()} & file.attrs.keys()
            return {name: _text(file.attrs[name]) for name in names}
    except OSError:
        return {}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _is_unfinished(path: str | Path) -> bool:
    """Test whether Snakemake has noted that the file's job began and not that it ended.

    A run that was killed between two files of a job leaves some of them whole. Snakemake makes
    that job's layers again; in one job with layers that stay, they would take those with them.
    """
    name = urlsafe_b64encode(str(path).encode()).decode()
    return os.path.exists(os.path.join(".snakemake", "incomplete", name))


def _contents(path: str | Path) -> str | None:
    return file_contents(path) if Path(path).is_file() else None
