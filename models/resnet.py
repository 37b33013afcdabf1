"""ResNet26 with eight residual blocks, and a control that the paper does not have: the same network without skips."""

from torch import Tensor, nn

from models.layout import RESNET_BLOCKS, RESNET_STAGES, RESNET_STEM, scaled
from models.norms import NormLayer


class Block(nn.Module):
    """relu(f(x) + skip(x)), He et al. 2015 (arXiv 1512.03385), Figure 2; relu(f(x)) if `residual` is False.

    Input (B, channels, H, W), output (B, filters, H/stride, W/stride).
    """

    def __init__(self, channels: int, filters: int, stride: int, norm: NormLayer, residual: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1)
        self.norm1 = norm(filters)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.norm2 = norm(filters)
        self.relu2 = nn.ReLU()
        self.skip: nn.Module | None = None
        if residual:
            entry = nn.Sequential(nn.Conv2d(channels, filters, 1, stride), norm(filters))
            self.skip = entry if stride > 1 else nn.Identity()

    @property
    def branch_end(self) -> nn.Module | None:
        """The last layer of the residual branch that multiplies it; None if there is no branch."""
        if self.skip is None:
            return None
        return self.norm2 if isinstance(getattr(self.norm2, "weight", None), nn.Parameter) else self.conv2

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu1(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        activated: Tensor = self.relu2(y if self.skip is None else y + self.skip(x))
        return activated


class ResNet26(nn.Module):
    """McInroe 2020, Table 2, read so that the parameter counts of the paper are right.

    The paper's text says 26 layers, and its table has six convolutions per stage. The counts contradict both. They need
    two blocks per stage, with a 1x1 stride-2 convolution on the skip of the first block, even in the first stage. They
    also need the norm of the stem in *both* variants: without batch norm, only the five norms after the convolutions of
    a stage are left out. Padding is symmetric. TensorFlow's `same` pads one side more, and the sizes agree.
    Input (B, 3, S, S), output (B, num_classes).

    Args:
        stem_norm: The norm after the first convolution: see `models.layout.stem_of`.
        residual: False leaves out the skips, with the convolutions and norms on them, and nothing else.
    """

    def __init__(
        self, norm: NormLayer, stem_norm: NormLayer, num_classes: int, width: float = 1.0, residual: bool = True
    ) -> None:
        super().__init__()
        channels = scaled(RESNET_STEM, width)
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 7, stride=2, padding=3), stem_norm(channels), nn.ReLU(), nn.MaxPool2d(2)
        )
        blocks: list[nn.Module] = []
        for filters in (scaled(f, width) for f in RESNET_STAGES):
            for index in range(RESNET_BLOCKS):
                blocks.append(Block(channels, filters, 2 if index == 0 else 1, norm, residual))
                channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images)  # (B, 64, S/4, S/4)
        x = self.blocks(x)  # (B, 512, S/64, S/64)
        logits: Tensor = self.classifier(x.mean(dim=(2, 3)))  # (B, num_classes)
        return logits
