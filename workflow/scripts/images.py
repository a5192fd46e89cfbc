from nurture.core.files import open_dataset, read_labels
from nurture.running.script import step
from nurture.stimuli.images import image_blocks, write_images
from nurture.stimuli.look import apply_look

with (
    step(snakemake),
    open_dataset(snakemake.input[0], snakemake.params.made_by, ["image", "mask"]) as faces,
):
    look = snakemake.params.look
    frames = (
        {"image": image}
        for images, masks in image_blocks(faces, "image", "mask")
        for image in apply_look(images, masks, look)
    )
    write_images(snakemake.output[0], read_labels(faces), frames, {**faces.attrs, "look": look})
