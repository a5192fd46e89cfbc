import pandas as pd

from nurture.core.files import open_dataset, read_labels, read_table, write_table
from nurture.observers import beside, curves, discrimination
from nurture.running.script import step
from nurture.stimuli.images import face_digest

with step(snakemake):
    files, params = snakemake.input, snakemake.params
    results = [open_dataset(path, "confusion", ["noisy"]) for path in files.confusion]
    with open_dataset(files.images, "images", ["image"]) as images:
        labels, digest = read_labels(images), face_digest(images["image"])
    with open_dataset(files.morphs, "images", ["image"]) as images:
        morph_labels, digest_of_morphs = read_labels(images), face_digest(images["image"])
    distances = [open_dataset(path, "observer_distances", ["distance"]) for path in files.distances]
    pixels = [
        open_dataset(path, "observer_distances_pixels", ["distance"]) for path in files.pixels
    ]
    fits, found = read_table(files.fits, "categorical_tables"), []
    for path, (human, stated) in zip(files.trials, params.sets.items(), strict=True):
        trials = read_table(path, "none: the command nurture observers")
        faces = beside.read_faces(labels, trials, stated["label"], digest, path)
        morphs = curves.check_morphs(trials, stated.get("identify", ""), digest_of_morphs, path)
        estimates, drawn = curves.boundaries(morphs, params.resamples, params.seed)
        tables = {
            "consistency": beside.error_consistency(faces, results),
            "likeness": beside.observers_likeness(faces, results, params.seed),
            "identification": curves.observer_identification(morphs),
            "boundaries": estimates,
            "correlation": curves.boundary_correlation(fits, estimates, drawn),
        }
        for images_apart in pixels:
            pairs = discrimination.check_pairs(
                morph_labels, trials, stated.get("abx", ""), digest_of_morphs, params.step, path
            )
            apart = pairs, distances, images_apart
            tables |= {
                "discrimination": discrimination.observer_discrimination(pairs),
                "distances": discrimination.pair_distances(*apart),
                "discrimination_correlation": discrimination.discrimination_correlation(*apart),
            }
        for table in tables.values():
            table.insert(0, "human", human)
        found.append(tables)
    for name, path in snakemake.output.items():
        write_table(pd.concat([tables[name] for tables in found], ignore_index=True), path)
