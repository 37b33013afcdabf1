"""The numbers of learnable parameters of the paper's four networks, as built here and as published.

python -m benchmarks.parameter_counts
"""

import torch

from models.factors import Arch, Init, Norm
from models.zoo import build_model

PUBLISHED = {
    (Arch.YOLO, Norm.NONE): 10_307_257,
    (Arch.YOLO, Norm.BATCH): 10_311_833,
    (Arch.RESNET, Norm.NONE): 11_227_813,
    (Arch.RESNET, Norm.BATCH): 11_237_413,
}


def main() -> None:
    print(f"{'network':<8} {'norm':<6} {'as built':>12} {'as published':>13} {'difference':>11}")
    for (arch, norm), published in PUBLISHED.items():
        model = build_model(arch, norm, Init.HE, 101, 128, 1.0, torch.Generator().manual_seed(0))
        built = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
        print(f"{arch:<8} {norm:<6} {built:>12,} {published:>13,} {built - published:>11,}")


if __name__ == "__main__":
    main()
