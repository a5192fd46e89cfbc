from nurture.core.files import write_table
from nurture.core.progress import progress
from nurture.running.script import step
from nurture.stimuli.images import face_frames, write_images
from nurture.stimuli.photographs.gathering import choose_identities, gather, morph_labels, morphs

with step(snakemake):
    spec = snakemake.params.spec
    gathered = gather(snakemake.params.sets)
    identities = choose_identities(gathered, spec)
    labels = morph_labels(gathered, identities, spec)
    faces = morphs(gathered, identities, spec, snakemake.params.size)
    frames = face_frames(progress(faces, len(labels), "morphs"))
    write_table(gathered.dropped, snakemake.output.dropped)
    attributes = {"title": "Morphs between photographs of one person"}
    write_images(snakemake.output.faces, labels, frames, attributes)
