"""One extraction by thingsvision, in a process of its own: FOLDER, how, size of a batch.

With how ``all`` the library chooses when to write, ``batch`` makes it write after every batch.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from measured import report
from thingsvision import get_extractor_from_model
from torchvision.models.vgg import cfgs, make_layers

folder, how, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)
n = len(np.load(folder / "images.npy", mmap_mode="r"))
# The features of torchvision's vgg16, without pool5, as on the other side.
network = make_layers(cfgs["D"], batch_norm=False)[:-1].eval()
weights = torch.load(folder / "weights.pt")
network.load_state_dict(dict(zip(network.state_dict(), weights, strict=True)))
layers = [name for name, part in network.named_children() if isinstance(part, torch.nn.ReLU)]


class Batches:
    """Go through the images as often as wanted; thingsvision asks for the number of batches."""

    def __len__(self):
        return -(-n // size)

    def __iter__(self):
        for first in range(0, n, size):
            # Mapped anew for each batch: pages that were read would count as memory.
            images = np.load(folder / "images.npy", mmap_mode="r")
            yield torch.from_numpy(images[first : first + size].copy())


extractor = get_extractor_from_model(model=network, device="cpu", backend="pt")
made = folder / f"theirs-{how}"
shutil.rmtree(made, ignore_errors=True)
report(
    lambda: extractor.extract_features(
        batches=Batches(),
        module_names=layers,
        flatten_acts=False,
        output_type="ndarray",
        output_dir=str(made),
        step_size=1 if how == "batch" else None,
    ),
    f"torch {torch.__version__} there",
)
