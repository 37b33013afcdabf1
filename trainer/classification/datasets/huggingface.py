"""Folders that Hugging Face's library `datasets` saved with `save_to_disk`. The library is imported only here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainer.classification.datasets.images import Rows
from trainer.classification.datasets.labelled import Labelled
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.parquet import class_names
from trainer.classification.datasets.tables import InTable, check_columns, contents, labels_of


class SavedTable:
    """The column of images of a split. The files are mapped into memory, so any row can be read at once."""

    def __init__(self, split: Any, image: str) -> None:
        self._rows, self._image = split.select_columns([image]).with_format("arrow"), image
        self.paths = [file["filename"] for file in split.cache_files]

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, rows: Rows) -> list[bytes | None]:
        return contents(self._rows[rows.tolist()].column(self._image))


def saved_splits(name: str, folder: Path) -> Mapping[str, Any]:
    """The splits in a folder. A folder with a single one has it as 'train'.

    Raises:
        SourceError: If the library is not installed, or the folder is not one that it saved.
    """
    # The library would also open an address.
    if not folder.is_dir():
        raise SourceError(f"{name}: {folder} {'is a file, not a folder' if folder.exists() else 'does not exist'}")
    try:
        from datasets import DatasetDict, load_from_disk
    except ImportError as error:
        raise SourceError(
            f"{name}: reading {folder} needs the library datasets, which is not installed; run: pip install "
            "'evenkeel[huggingface]'"
        ) from error
    try:
        found = load_from_disk(str(folder))
    except Exception as error:
        raise SourceError(
            f"{name}: {folder} is no folder that save_to_disk wrote, or it is damaged: {error}"
        ) from error
    return found if isinstance(found, DatasetDict) else {"train": found}


def labelled_split(
    name: str, splits: Mapping[str, Any], split: str, image: str, label: str
) -> tuple[Labelled, list[str] | None]:
    """The images and labels of one split, and the names of the classes if the labels are ClassLabels.

    Args:
        image, label: The names of the columns.

    Raises:
        SourceError: If there is no such split, or a column is not what it must be.
    """
    if split not in splits:
        raise SourceError(f"{name}: there is no split {split!r}; there are: {', '.join(splits)}")
    found, where = splits[split], f"{split} of {name}"
    schema = found.features.arrow_schema
    check_columns(where, schema, image, label)
    labels = found.select_columns([label]).with_format("arrow")[:].column(label)
    return Labelled(InTable(SavedTable(found, image)), labels_of(where, labels), where), class_names(schema, label)
