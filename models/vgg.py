"""VGG-11: eight 3x3 convolutions, five pools and three dense layers, without skips."""

from torch import Tensor, nn

from models.layout import VGG_DENSE, VGG_STAGES, pooled_size, scaled
from models.norms import NormLayer


class Vgg11(nn.Module):
    """Simonyan and Zisserman 2014 (arXiv 1409.1556), Table 1, column A, without its dropout.

    Dropout would add a source of noise between seeds. Input (B, 3, S, S), output logits (B, num_classes).
    """

    def __init__(self, norm: NormLayer, num_classes: int, image_size: int, width: float = 1.0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, size = 3, image_size
        for stage in VGG_STAGES:
            for filters in (scaled(f, width) for f in stage):
                layers += [nn.Conv2d(channels, filters, 3, padding=1), norm(filters), nn.ReLU()]
                channels = filters
            if size > 1:
                layers.append(nn.MaxPool2d(2))
                size = pooled_size(size, 1)
        hidden = scaled(VGG_DENSE, width)
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * size * size, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (B, 512, S/32, S/32)
        logits: Tensor = self.classifier(x)  # (B, num_classes)
        return logits
