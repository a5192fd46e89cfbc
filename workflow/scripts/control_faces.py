from nurture.core.files import open_dataset, read_labels
from nurture.running.script import step
from nurture.stimuli.altering import choose_stimuli, control_faces, control_labels
from nurture.stimuli.images import write_images

with (
    step(snakemake),
    open_dataset(snakemake.input[0], snakemake.params.made_by, ["image", "mask"]) as faces,
):
    params = snakemake.params
    labels = read_labels(faces)
    chosen = choose_stimuli(labels, params.identities)
    altered = control_faces(faces, chosen, params.controls, params.seed)
    frames = ({"image": image, "mask": mask} for image, mask in altered)
    attributes = {**faces.attrs, "title": f"Controls of the set {params.of}"}
    labels = control_labels(labels, chosen, params.controls)
    write_images(snakemake.output[0], labels, frames, attributes)
