"""Folders of images that are not split: <class>/*."""

from pathlib import Path

import numpy as np

from trainer.classification.datasets.images import Files
from trainer.classification.datasets.labelled import Labelled
from trainer.classification.datasets.layouts import SourceError


def class_folders(name: str, folder: Path) -> tuple[Labelled, list[str]]:
    """The images in `folder`/<class>/*, and the names of the classes, found by torchvision.datasets.ImageFolder.

    Raises:
        SourceError: If the folder is missing or has no folders in it.
    """
    if not folder.is_dir():
        raise SourceError(f"{name}: {folder} {'is a file, not a folder' if folder.exists() else 'does not exist'}")
    if not any(entry.is_dir() for entry in folder.iterdir()):
        raise SourceError(f"{name}: there are no class folders in {folder}; expected: {folder}/CLASS/")
    from torchvision.datasets import ImageFolder

    found = ImageFolder(folder, loader=str, allow_empty=True)
    paths = [str(Path(path).resolve()) for path, _ in found.samples]
    labels = np.array([label for _, label in found.samples], np.int64)
    return Labelled(Files(paths), labels, name), list(found.classes)
