"""The Tiny-YOLO classifier: eight convolutions and two dense layers, without skips."""

from torch import Tensor, nn

from models.layout import YOLO_DENSE, YOLO_FILTERS, YOLO_POOLS, pooled_size, scaled
from models.norms import NormLayer


class TinyYolo(nn.Module):
    """Redmon et al. 2016 (arXiv 1506.02640) with the detection head replaced, as in McInroe 2020, Table 1.

    The paper's table has no batch norm after the last two convolutions. Its parameter counts are only right with batch
    norm after all eight, so this network has it there. Input (B, 3, S, S), output logits (B, num_classes). At S = 128
    the features are 256*2*2.

    Args:
        leaky_slope: The slope of the Leaky ReLU. Darknet has 0.1, and Keras' default is 0.3. The paper does not say.
    """

    def __init__(
        self, norm: NormLayer, num_classes: int, image_size: int, width: float = 1.0, leaky_slope: float = 0.1
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, size = 3, image_size
        for index, filters in enumerate(scaled(f, width) for f in YOLO_FILTERS):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), norm(filters), nn.LeakyReLU(leaky_slope)]
            if index < YOLO_POOLS and size > 1:
                layers.append(nn.MaxPool2d(2))
                size = pooled_size(size, 1)
            channels = filters
        hidden = scaled(YOLO_DENSE, width)
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * size * size, hidden),
            nn.LeakyReLU(leaky_slope),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        x = self.features(images)  # (B, 256, s, s), s = S / 64
        logits: Tensor = self.classifier(x)  # (B, num_classes)
        return logits
