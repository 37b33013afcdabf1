"""Reads and writes the files of a command. What it writes appears as a whole or not at all."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evenkeel.cli.common import fail


@contextmanager
def whole_files(folder: Path, output: Path) -> Iterator[Path]:
    """An empty folder to write into. When the block has ended without an error, its files move to `folder`.

    After an error or Ctrl-C, none of these files is left. A problem with `folder` ends the command at once.

    Args:
        folder: The final folder. It is made if it is missing.
        output: What the user gave as --output, for the error.
    """
    home = folder.resolve()
    try:
        nearest = next(path for path in (home, *home.parents) if path.exists())
        if not nearest.is_dir():
            fail(f"--output {output}: {nearest} is a file, not a folder")
        with TemporaryDirectory(prefix=".evenkeel-", dir=nearest) as drafts:
            yield Path(drafts)
            home.mkdir(parents=True, exist_ok=True)
            _move(Path(drafts), home)
    except OSError as error:
        fail(f"--output {output}: cannot be written: {error.strerror or error}")


def checked_file(path: Path, endings: tuple[str, ...]) -> str:
    """The ending of a file to write, without its dot. If the command may not write it, the command ends."""
    allowed = f"{', '.join(endings[:-1])} or {endings[-1]}"
    if path.is_dir():
        fail(f"--output {path}: is a folder; name a file that ends in {allowed}")
    ending = path.suffix.lower()
    if ending not in endings:
        fail(f"--output {path}: the name must end in {allowed}")
    if path.exists() and not os.access(path, os.W_OK):
        fail(f"--output {path}: is a file that you may not write to")
    return ending[1:]


def read_grid(file: Path) -> dict[str, Any]:
    """The grid in a JSON file, or in standard input for '-'. If there is no grid, the command ends."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
        grid = json.loads(text)
        # Python's json also reads what JSON does not allow: NaN, numbers too large for a float, halves of characters.
        json.dumps(grid, allow_nan=False, ensure_ascii=False).encode()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except UnicodeError:
        fail(f"{file}: is not UTF-8 text")
    except RecursionError:
        fail(f"{file}: is nested too deep for a grid")
    except json.JSONDecodeError as error:
        fail(f"{file}: is not JSON: {error}")
    except ValueError:
        fail(f"{file}: contains a number that JSON does not allow, such as NaN or 1e999")
    if not isinstance(grid, dict):
        fail(f"{file}: a grid is a JSON object with name, grid, seeds and train")
    return grid


def _move(drafts: Path, home: Path) -> None:
    for name in sorted(os.listdir(drafts)):
        if (home / name).is_dir():
            fail(f"--output {home / name}: is a folder, but a file with this name would be written")
    for name in sorted(os.listdir(drafts)):
        os.replace(drafts / name, home / name)
