from nurture.core.files import write_table
from nurture.core.progress import progress
from nurture.running.script import step
from nurture.stimuli.images import face_frames, write_images
from nurture.stimuli.photographs.gathering import aligned_faces, gather, photograph_labels

with step(snakemake):
    gathered = gather(snakemake.params.sets)
    labels = photograph_labels(gathered)
    faces = aligned_faces(gathered, range(len(labels)), snakemake.params.size)
    frames = face_frames(progress(faces, len(labels), "photographs"))
    write_table(gathered.dropped, snakemake.output.dropped)
    attributes = {"title": "Photographs with the eyes in one place"}
    write_images(snakemake.output.faces, labels, frames, attributes)
