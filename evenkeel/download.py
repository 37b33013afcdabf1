"""A file from the API, written so that it is there whole or not at all."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    import httpx

# Told the bytes that are here, and the bytes in all: None where the API does not say.
Progress = Callable[[int, int | None], None]


class DownloadError(Exception):
    """The file could not be fetched whole; nothing was written."""


def check_target(to: Path) -> None:
    """Raises DownloadError where neither a folder `to` is nor one to make a file `to` in."""
    if not to.is_dir() and not to.parent.is_dir():
        raise DownloadError(f"{to}: there is no folder {to.parent}")


def save(answer: httpx.Response, to: Path, progress: Progress) -> Path:
    """Write what is yet to come of `answer`.

    Args:
        answer: Its ETag is the file's sha256 in hex, or something else, which is not checked.
        to: A folder, for the name that the API gives the file; or the file.

    Returns:
        The file.

    Raises:
        DownloadError: If another sha256 than the ETag's has arrived.
        OSError: If it cannot be written.
    """
    path = to / _name(answer) if to.is_dir() else to
    expected = answer.headers.get("ETag", "").removeprefix("W/").strip('"')
    length = answer.headers.get("Content-Length")
    digest = hashlib.sha256()
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                digest.update(chunk)
                progress(file.tell(), int(length) if length else None)
        found = digest.hexdigest()
        if len(expected) == len(found) and expected != found:
            raise DownloadError(f"what arrived has the sha256 {found}, and the run's checkpoint has {expected}")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _name(answer: httpx.Response) -> str:
    """Of the file, without what would make another folder's of it, or hide it."""
    message = Message()
    message["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    return Path(unquote(message.get_filename() or "")).name.lstrip(".") or "checkpoint.pt"
