"""Trains a seed on the GPU in a process of its own, and prints the hash of its weights: one_training.py SEED"""

import hashlib
import sys

import torch

from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.loop import prepare, train
from trainer.device import configure, pick_device


def main(seed: int) -> None:
    configure()
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (1_000, 64, 64, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(10, (1_000,), generator=generator)
    data = Splits(whole(images, labels), whole(images[:100], labels[:100]), 10)
    levels = {"arch": "resnet", "norm": "batch", "init": "he", "image_size": 64, "width": 0.5, "epochs": 12}
    training = prepare(Classification.model_validate(levels), seed, 10, pick_device("cuda"))
    print("starts", flush=True)
    sys.stdin.readline()
    for _ in train(training, data):
        pass
    whole_state = b"".join(tensor.cpu().numpy().tobytes() for tensor in training.model.state_dict().values())
    print(hashlib.sha256(whole_state).hexdigest())


if __name__ == "__main__":
    main(int(sys.argv[1]))
