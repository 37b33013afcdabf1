"""Saves a file from the API. The file is written as a whole or not at all."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

if TYPE_CHECKING:
    import httpx

# A function of the number of bytes so far and of the number of all bytes, which is None if the API does not say it.
Progress = Callable[[int, int | None], None]


class DownloadError(Exception):
    """The file could not be fetched whole; nothing was written."""


def check_target(to: Path) -> None:
    """Raises DownloadError if `to` is not a folder and no folder exists in which it could be written as a file."""
    if not to.is_dir() and not to.parent.is_dir():
        raise DownloadError(f"{to}: there is no folder {to.parent}")


def save(answer: httpx.Response, to: Path, progress: Progress) -> Path:
    """Write the body of `answer`, which has not been read yet, to a file.

    Args:
        answer: If its ETag is a sha256 in hex, the file must have that sha256. Any other ETag is ignored.
        to: A folder, or a file. In a folder, the file has the name that the API gives it.

    Returns:
        The path of the file.

    Raises:
        DownloadError: If the sha256 of the file is not the one in the ETag.
        OSError: If the file cannot be written.
    """
    with _arriving(answer, to, progress) as file:
        for chunk in answer.iter_bytes():
            file.add(chunk)
    return file.path


async def save_async(answer: httpx.Response, to: Path, progress: Progress) -> Path:
    """The same for an answer of httpx's asynchronous client."""
    with _arriving(answer, to, progress) as file:
        async for chunk in answer.aiter_bytes():
            file.add(chunk)
    return file.path


class _Arriving:
    """A file that arrives in pieces."""

    def __init__(self, path: Path, file: BinaryIO, length: int | None, progress: Progress) -> None:
        self.path, self._file, self._length, self._progress = path, file, length, progress
        self.digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        self._file.write(piece)
        self.digest.update(piece)
        self._progress(self._file.tell(), self._length)


@contextmanager
def _arriving(answer: httpx.Response, to: Path, progress: Progress) -> Iterator[_Arriving]:
    """A file to which the body of the answer is added. It is there once all of it has arrived as it was sent."""
    path = to / _name(answer) if to.is_dir() else to
    expected = answer.headers.get("ETag", "").removeprefix("W/").strip('"')
    length = answer.headers.get("Content-Length")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            arriving = _Arriving(path, file, int(length) if length else None, progress)
            yield arriving
        found = arriving.digest.hexdigest()
        if len(expected) == len(found) and expected != found:
            raise DownloadError(f"the download has the sha256 {found}, but the run's checkpoint has {expected}")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _name(answer: httpx.Response) -> str:
    """The name of the file. It cannot lead to another folder, and it has no dot at its start, which would hide it."""
    message = Message()
    message["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    return Path(unquote(message.get_filename() or "")).name.lstrip(".") or "checkpoint.pt"
