from contextlib import ExitStack
from pathlib import Path

import numpy as np
from PIL import Image

from nurture.confusion import human
from nurture.core.files import atomic, open_dataset, read_labels, write_table
from nurture.observers.design import balance_table
from nurture.observers.page import PAGE, Experiment, read_texts
from nurture.observers.precision import precision
from nurture.observers.settings import STATIC
from nurture.running.script import step


def write(path, content):
    with atomic(path) as part:
        part.write_bytes(content)


with step(snakemake), ExitStack() as stack:
    params, output = snakemake.params, snakemake.output
    files = dict(zip(params.sets, snakemake.input.images, strict=True))
    opened = {
        name: stack.enter_context(open_dataset(path, "images", ["image"]))
        for name, path in files.items()
    }
    labels = {name: read_labels(dataset) for name, dataset in opened.items()}
    images = {name: dataset["image"] for name, dataset in opened.items()}
    texts = read_texts(snakemake.input.texts)
    made = Experiment(labels, images, params.roles, params.observers, texts, params.seed)
    for path, content in zip((output.index, output.lists), made.files().values(), strict=True):
        write(path, content.encode())
    for path, name in zip(output.static, STATIC, strict=True):
        write(path, (PAGE / name).read_bytes())
    for name, rows in made.images():
        folder = Path(output.images, name)
        folder.mkdir(parents=True)
        for row in rows:
            Image.fromarray(np.asarray(images[name][row])).save(folder / f"{row:04d}.png")
    morphs = labels.get(params.roles["identify"])
    reference = human.read_humans(Path(snakemake.input.human[0]).parent, [params.reference])
    table = precision(
        reference[params.reference],
        params.observers,
        0 if morphs is None else morphs["continuum"].nunique(),
        [] if morphs is None else sorted(morphs["level"].unique()),
        params.seed,
    )
    write_table(table, output.precision)
    shown = {task: labels[params.roles[task]] for task in params.observers["tasks"]}
    write_table(balance_table(made.lists, shown), output.balance)
    text = made.preregistration(table, params.reference, params.networks)
    write(output.preregistration, text.encode())
