import pandas as pd

from nurture.core.files import open_dataset, read_labels, read_table, write_table
from nurture.observers.beside import error_consistency, observers_likeness, read_faces
from nurture.observers.digest import face_digest
from nurture.running.script import step

with step(snakemake):
    params, output = snakemake.params, snakemake.output
    results = [open_dataset(path, "confusion", ["noisy"]) for path in snakemake.input.confusion]
    with open_dataset(snakemake.input.images, "images", ["image"]) as images:
        labels, digest = read_labels(images), face_digest(images["image"])
    found = {"consistency": [], "likeness": []}
    for path, (human, stated) in zip(snakemake.input.trials, params.sets.items(), strict=True):
        faces = read_faces(
            labels, read_table(path, "nothing: nurture observers"), stated, digest, path
        )
        given = (faces, results, params.resamples, params.seed)
        for name, table in (
            ("consistency", error_consistency(*given)),
            ("likeness", observers_likeness(*given)),
        ):
            table.insert(0, "human", human)
            found[name].append(table)
    for name, tables in found.items():
        write_table(pd.concat(tables, ignore_index=True), output[name])
