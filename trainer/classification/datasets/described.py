"""The worker's file that names datasets of one's own: what each table of it may say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from trainer.classification.datasets.array_files import labelled_arrays
from trainer.classification.datasets.folders import class_folders
from trainer.classification.datasets.huggingface import labelled_split, saved_splits
from trainer.classification.datasets.labelled import Cut, source_of
from trainer.classification.datasets.parquet import labelled_parquet
from trainer.classification.datasets.sources import Source, image_folder_source


class Strict(BaseModel):
    """A table that refuses what it does not know, and says what it knows."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, table: Any) -> Any:
        for field in table if isinstance(table, dict) else ():
            if field not in cls.model_fields:
                raise ValueError(f"{field!r} is not known; allowed: {', '.join(cls.model_fields)}")
        return table


class Described(Strict, ABC):
    """What every kind of dataset may say: how its examples are split, if they are not yet."""

    val_share: Annotated[float | None, Field(gt=0, lt=1)] = None
    split_seed: int = Field(0, ge=0, lt=2**32)

    @property
    def cut(self) -> Cut | None:
        return None if self.val_share is None else Cut(self.val_share, self.split_seed)

    @abstractmethod
    def source(self, name: str, instead: Path | None) -> Source:
        """The source of the dataset.

        Args:
            instead: A folder that is read instead of the one that the file names.

        Raises:
            SourceError: If it cannot be read.
        """


class Folder(Described):
    """A folder of images: train/<class>/* and val/<class>/*, or <class>/* if `val_share` is given."""

    folder: Path

    def source(self, name: str, instead: Path | None) -> Source:
        folder = instead or self.folder
        if self.cut is None:
            return image_folder_source(name, folder)
        images, classes = class_folders(name, folder)
        return source_of(name, images, None, self.cut, classes)


class OnDisk(Described):
    """A dataset whose two splits are named: `val`, or else `val_share` of the examples of `train`."""

    @model_validator(mode="after")
    def _split_one_way(self) -> Self:
        if (getattr(self, "val", None) is None) == (self.val_share is None):
            raise ValueError("give either val or val_share: the examples to validate with, or their share of train")
        return self


class Pair(Strict):
    """Images and their labels: each a file, with the name of an array after a colon if it holds several."""

    images: str
    labels: str


class ArrayFiles(OnDisk):
    """Arrays or tensors on disk."""

    train: Pair
    val: Pair | None = None
    classes: list[str] | None = None

    def source(self, name: str, instead: Path | None) -> Source:
        train = labelled_arrays(f"train of {name}", self.train.images, self.train.labels)
        val = labelled_arrays(f"val of {name}", self.val.images, self.val.labels) if self.val else None
        return source_of(name, train, val, self.cut, self.classes)


class Parquet(OnDisk):
    """Parquet files."""

    train: str | list[str]
    val: str | list[str] | None = None
    image: str = "image"
    label: str = "label"
    classes: list[str] | None = None

    def source(self, name: str, instead: Path | None) -> Source:
        train, classes = labelled_parquet(f"train of {name}", self.train, self.image, self.label)
        val = labelled_parquet(f"val of {name}", self.val, self.image, self.label)[0] if self.val else None
        return source_of(name, train, val, self.cut, self.classes or classes)


class HuggingFace(OnDisk):
    """A folder that `save_to_disk` of the library `datasets` wrote."""

    folder: Path
    train: str = "train"
    val: str | None = None
    image: str = "image"
    label: str = "label"
    classes: list[str] | None = None

    def source(self, name: str, instead: Path | None) -> Source:
        splits = saved_splits(name, instead or self.folder)
        train, classes = labelled_split(name, splits, self.train, self.image, self.label)
        val = labelled_split(name, splits, self.val, self.image, self.label)[0] if self.val else None
        return source_of(name, train, val, self.cut, self.classes or classes)


def _folder(value: Any) -> Any:
    """A folder of images may be its path alone."""
    if isinstance(value, str):
        return {"folder": value}
    if not isinstance(value, dict):
        raise ValueError("must be the path of a folder, in quotes, or a table with folder and val_share")
    return value


class DatasetsFile(Strict):
    """All tables of the file."""

    imagefolder: dict[str, Annotated[Folder, BeforeValidator(_folder)]] = {}
    arrays: dict[str, ArrayFiles] = {}
    parquet: dict[str, Parquet] = {}
    huggingface: dict[str, HuggingFace] = {}

    def all(self) -> list[tuple[str, str, Described]]:
        """Every dataset of the file: (kind, name, what it says)."""
        return [(kind, name, one) for kind, named in self for name, one in named.items()]
