"""Files of a command: a grid that it reads, and what it writes, which appears whole or not at all."""

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
    """An empty folder to write into. Its files move to `folder` when the block has ended well; otherwise, Ctrl-C
    included, nothing of them is left. `folder` is made where it is missing, and a problem with it is found at once.
    output: what the user wrote, for the error."""
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
    """The ending of a file that a command may write, without its dot. Ends the command where it may not."""
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
    """A grid as JSON from a file, or from standard input for '-'. Ends the command where there is none."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
        grid = json.loads(text)
        # What JSON cannot hold, json reads all the same: NaN, numbers beyond a float, halves of characters.
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
        fail(f"{file}: holds a number that JSON does not have, such as NaN or 1e999")
    if not isinstance(grid, dict):
        fail(f"{file}: a grid is a JSON object with name, grid, seeds and train")
    return grid


def _move(drafts: Path, home: Path) -> None:
    for name in sorted(os.listdir(drafts)):
        if (home / name).is_dir():
            fail(f"--output {home / name}: is a folder, and a file of this name is to be written")
    for name in sorted(os.listdir(drafts)):
        os.replace(drafts / name, home / name)
