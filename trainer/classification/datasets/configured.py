"""Reads the worker's file that names datasets of one's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from evenkeel.plugins import NAME_PATTERN
from evenkeel.settings import Settings
from models.datasets import Dataset
from trainer.classification.datasets.described import DatasetsFile, Described
from trainer.classification.datasets.layouts import SourceError


def own_datasets(settings: Settings) -> dict[str, Described]:
    """The datasets that the worker's file names: name -> where it is and what it holds.

    Raises:
        SourceError: If the file cannot be read, says something that is not allowed, or gives a dataset a name that is
            taken or could not be a part of a path. The message names the file and the field.
    """
    path = settings.datasets_file or settings.image_folders_file
    if path is None:
        return {}
    setting = "EVENKEEL_DATASETS_FILE" if settings.datasets_file else "EVENKEEL_IMAGE_FOLDERS_FILE"
    try:
        read = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{setting}={path}: {error}") from error
    try:
        tables = DatasetsFile.model_validate(read)
    except ValidationError as error:
        raise SourceError(f"{path}: {_in_words(error.errors()[0])}") from error
    found: dict[str, Described] = {}
    for kind, name, one in tables.all():
        # The name becomes a part of a path.
        if not re.fullmatch(NAME_PATTERN, name):
            raise SourceError(
                f"{path}: {kind}: {name!r} cannot be the name of a dataset; allowed: 1 to 64 letters, "
                f"digits, '.', '_' and '-', the first of them a letter or a digit ({NAME_PATTERN})"
            )
        if name in found:
            raise SourceError(f"{path}: {kind}: {name!r} is the name of two datasets")
        found[name] = one
    if taken := sorted(set(found) & set(Dataset)):
        raise SourceError(f"{path}: these names belong to built-in datasets: {', '.join(taken)}")
    return found


def _in_words(error: Mapping[str, Any]) -> str:
    """The field, what is wrong with it, and what is allowed."""
    field = ".".join(map(str, error["loc"]))
    match error["type"]:
        case "missing":
            return f"{field} is missing"
        case "model_type" | "dict_type":
            return f"{field} must be a table, such as [parquet.birds], or birds = '/data/birds' in [imagefolder]"
        case _:
            return ": ".join(filter(None, (field, error["msg"].removeprefix("Value error, "))))
