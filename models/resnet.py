"""ResNet26: eight residual blocks, every stage entered by a strided convolution on the skip."""

from torch import Tensor, nn
from torch.nn import functional as F

from models.layout import RESNET_BLOCKS, RESNET_STAGES, RESNET_STEM, scaled
from models.norms import NormLayer


class ResidualBlock(nn.Module):
    """relu(f(x) + skip(x)), He et al. 2015 (arXiv 1512.03385), Figure 2.

    (B, channels, H, W) -> (B, filters, H/stride, W/stride).
    """

    def __init__(self, channels: int, filters: int, stride: int, norm: NormLayer) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1)
        self.norm1 = norm(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1)
        self.norm2 = norm(filters)
        self.skip = (
            nn.Sequential(nn.Conv2d(channels, filters, 1, stride), norm(filters)) if stride > 1 else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.relu(y + self.skip(x))


class ResNet26(nn.Module):
    """McInroe 2020, Table 2, read so that its parameter counts hold.

    The prose says 26 layers and the table six convolutions a stage; the counts contradict both: they need two blocks a
    stage with a 1x1 stride-2 convolution on the first block's skip, the first stage included. They also need the stem's
    batch norm in *both* variants: `norm` switches only the five after a stage's convolutions. Padding is symmetric
    (TensorFlow's `same` pads one side more; the sizes agree). Input (B, 3, S, S), output logits (B, num_classes).
    """

    def __init__(self, norm: NormLayer, stem_norm: NormLayer, num_classes: int, width: float = 1.0) -> None:
        super().__init__()
        channels = scaled(RESNET_STEM, width)
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 7, stride=2, padding=3), stem_norm(channels), nn.ReLU(), nn.MaxPool2d(2)
        )
        blocks: list[nn.Module] = []
        for filters in (scaled(f, width) for f in RESNET_STAGES):
            for index in range(RESNET_BLOCKS):
                blocks.append(ResidualBlock(channels, filters, 2 if index == 0 else 1, norm))
                channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images)  # (B, 64, S/4, S/4)
        x = self.blocks(x)  # (B, 512, S/64, S/64)
        logits: Tensor = self.classifier(x.mean(dim=(2, 3)))  # (B, num_classes)
        return logits
