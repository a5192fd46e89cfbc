"""Describe what a stimulus set holds, and draw its faces: make check-faces SET=... [CONFIG=...]."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nurture.core.errors import NurtureError
from nurture.core.files import write_table
from nurture.core.progress import progress
from nurture.core.style import save
from nurture.running.config import check_config
from nurture.running.merging import read_configuration
from nurture.stimuli.preview.contact_sheet import draw
from nurture.stimuli.preview.counting import count_faces, describe_set
from nurture.stimuli.preview.faces import describe, make_faces
from nurture.stimuli.preview.sheet import sheet_grid

ROOT = Path(__file__).parents[2]

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("set", help="its name under stimuli in the configuration")
parser.add_argument("configfiles", nargs="*", type=Path, help="merged over config/config.yaml")
given = parser.parse_args()
try:
    config = read_configuration(given.configfiles)
    check_config(config, ROOT / "workflow/schemas/config.schema.yaml")
    shown = describe(config, given.set)
    sys.stdout.write(describe_set(given.set, shown.labels, shown.dropped) + "\n")
    grid = sheet_grid(shown.labels)
    positions = grid.positions[grid.positions >= 0].tolist()
    faces = make_faces(config, given.set, shown, positions)
    faces = {position: face for position, *face in progress(faces, len(set(positions)), "faces")}
    folder = Path(config["results"], "check")
    paths = [folder / f"{given.set}{end}" for end in (".png", ".csv", "-dropped.csv")]
    save(draw(faces, grid, f"Stimulus set {given.set}"), paths[:1])
    write_table(count_faces(shown.labels).rename_axis("person").reset_index(), paths[1])
    write_table(shown.dropped, paths[2])
    sys.stdout.write(f"Sheet, counts, dropped: {', '.join(map(str, paths))}\n")
except NurtureError as error:
    sys.exit(f"nurture: {error}")
