"""How the extraction of layers is cut into jobs.

One job gives all layers of a network to a stimulus set, since one forward pass does; and Snakemake
reruns a job as a whole, with all that follows from it. So layers whose files are not there get a
job of their own beside the layers that stay. Which of the two has to run is Snakemake's to decide,
and no result depends on the cut.

Imported by the Snakefile, which every cluster job parses again: nothing heavy is imported here.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from nurture.activations.settings import extracted_layers, extractions
from nurture.core.names import file_stem


class Extraction(NamedTuple):
    """What one job makes: activation files of one network, to one stimulus set."""

    network: str
    stimuli: str
    files: list[str]
    new: bool = False

    @property
    def name(self) -> str:
        """Name of the job's rule."""
        return f"activations_{self.network}_{self.stimuli}" + "_new_layers" * self.new


def passes(config: Mapping) -> Iterator[Extraction]:
    """Every forward pass of the experiment, with the files of all its layers."""
    for network, stimuli in extractions(config):
        folder = f"{config['results']}/activations/{network}/{stimuli}"
        layers = extracted_layers(config, network, stimuli)
        yield Extraction(network, stimuli, [f"{folder}/{file_stem(name)}.nc" for name in layers])


def new_files(config: Mapping) -> list[str]:
    """Find the activation files that are not there while others of the same pass are.

    A run's main process keeps them in its configuration, as ``new_layers``: a cluster job parses
    the Snakefile again in mid-run, when other files are there, and has to come to the same rules.
    """
    found: list[str] = []
    for _, _, files, _ in passes(config):
        absent = [path for path in files if not Path(path).is_file()]
        found += absent if len(absent) < len(files) else []
    return found


def extraction_jobs(config: Mapping) -> Iterator[Extraction]:
    """Every extraction of the experiment, as the run's main process has cut it."""
    for whole in passes(config):
        new = [path for path in whole.files if path in config["new_layers"]]
        yield whole._replace(files=[path for path in whole.files if path not in new])
        if new:
            yield whole._replace(files=new, new=True)
