"""Arrays and tensors on disk: .npy, .npz and .pt files. Nothing is unpickled."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from trainer.classification.datasets.images import Arrays
from trainer.classification.datasets.labelled import Labelled
from trainer.classification.datasets.layouts import SourceError

REFERENCE = re.compile(r"(?P<path>.*\.(?P<kind>npy|npz|pt|pth))(:(?P<array>.+))?", re.DOTALL)
FORMS = "'x.npy', 'x.npz:images' or 'x.pt:images'"


def labelled_arrays(where: str, images: str, labels: str) -> Labelled:
    """The images and labels that two references name.

    Args:
        where: Where they belong, for errors: 'train of cells'.
        images, labels: Each is a file, with the name of an array in it after a colon if the file holds several.

    Raises:
        SourceError: If one cannot be read, or the images are not uint8.
    """
    pixels = as_pixels(f"{where}: images", read_array(f"{where}: images", images))
    path = reference(where, images)["path"]
    return Labelled(Arrays(pixels, (path,)), read_array(f"{where}: labels", labels), where)


def as_pixels(where: str, found: Any) -> NDArray[np.uint8]:
    """The array as (N, H, W, 3), or (N, H, W) if it is gray. Nothing is copied.

    The channel may be last, as in images, or first, as in torch. Raises SourceError.
    """
    pixels = np.asarray(found)
    if pixels.dtype != np.uint8:
        raise SourceError(f"{where}: are {pixels.dtype}; allowed: uint8, from 0 to 255")
    if pixels.ndim == 4 and pixels.shape[3] not in (1, 3) and pixels.shape[1] in (1, 3):
        pixels = np.moveaxis(pixels, 1, 3)
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim != 3 and (pixels.ndim != 4 or pixels.shape[3] != 3):
        shape = np.shape(found)
        raise SourceError(f"{where}: have the shape {shape}; allowed: (N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W)")
    return pixels


def reference(where: str, text: str) -> dict[str, Any]:
    """The parts of a reference: path, kind and array. Raises SourceError if it is none."""
    match = REFERENCE.fullmatch(text)
    if match is None:
        raise SourceError(f"{where}: {text!r} names no array; allowed: {FORMS}")
    return match.groupdict()


def read_array(where: str, text: str) -> NDArray[Any]:
    """The array that a reference names, mapped into memory if the file's format allows it.

    Raises:
        SourceError: If it cannot be read.
    """
    parts = reference(where, text)
    path, array = Path(parts["path"]), parts["array"]
    read = {"npy": _of_npy, "npz": _of_npz}.get(parts["kind"], _of_tensors)
    if not path.is_file():
        raise SourceError(f"{where}: {path} {'is a folder, not a file' if path.is_dir() else 'does not exist'}")
    try:
        return read(path, array)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        # NumPy's own advice is to unpickle them.
        objects = isinstance(error, ValueError) and "pickle" in str(error)
        why = "it holds Python objects; allowed: numbers and words" if objects else error
        raise SourceError(f"{where}: {path} cannot be read: {why}") from error


def _of_npy(path: Path, array: str | None) -> NDArray[Any]:
    if array is not None:
        raise ValueError(f"an .npy file holds one array without a name, not {array!r}")
    found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


def _of_npz(path: Path, array: str | None) -> NDArray[Any]:
    """Reads the whole array, since it may be compressed."""
    with zipfile.ZipFile(path) as packed:
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in packed.infolist()}
    name = _one_of(sizes, array)
    free = psutil.virtual_memory().available
    if sizes[name] > free:
        raise ValueError(
            f"{name!r} has {sizes[name] / 1e9:,.1f} GB unpacked, and {free / 1e9:,.1f} GB of memory are free; save it "
            "as .npy, which is read piece by piece"
        )
    with np.load(path, allow_pickle=False) as arrays:
        found: NDArray[Any] = arrays[name]
    return found


def _of_tensors(path: Path, array: str | None) -> NDArray[Any]:
    import torch

    try:
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except OSError:
        raise
    # The kind of exception that torch raises depends on the first bytes of the file.
    except Exception as error:
        why = str(error).splitlines()[0][:200]
        raise ValueError(f"only a tensor, or a dict of tensors, that torch.save wrote is read: {why}") from error
    if isinstance(held, dict):
        held = held[_one_of(held, array)]
    elif array is not None:
        raise ValueError(f"it holds a {type(held).__name__} without names, so {array!r} is not in it")
    if not isinstance(held, torch.Tensor):
        raise ValueError(f"it holds a {type(held).__name__}; allowed: a tensor, or a dict of tensors")
    found: NDArray[Any] = held.numpy()
    return found


def _one_of(held: dict[str, Any], array: str | None) -> str:
    """The name that is asked for. It may be left out if there is only one."""
    if array is None and len(held) == 1:
        return next(iter(held))
    if array not in held:
        asked = f"there is no {array!r} in it" if array else "name one of its arrays after a colon"
        raise ValueError(f"{asked}; it holds: {', '.join(map(str, held))}")
    return array
