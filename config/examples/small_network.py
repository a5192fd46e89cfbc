"""A small network in a file of its own, as an example: see docs/networks.md."""

from torch import Tensor, nn


class SmallNetwork(nn.Module):
    """Three stages and a readout, for colour images of any size."""

    def __init__(self, width: int, outputs: int):
        super().__init__()
        self.stages = nn.ModuleList(
            self._stage(before, after)
            for before, after in ((3, width), (width, 2 * width), (2 * width, 2 * width))
        )
        self.fc = nn.Linear(2 * width, outputs)

    @staticmethod
    def _stage(before: int, after: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map images (n, 3, rows, columns) to (n, outputs)."""
        for stage in self.stages:
            x = stage(x)
        return self.fc(x.mean(dim=(2, 3)))


def build(width: int = 8, outputs: int = 10) -> nn.Module:
    """Make the network; its weights come from the file that the configuration names."""
    return SmallNetwork(width, outputs)
