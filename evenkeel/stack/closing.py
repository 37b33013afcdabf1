"""Keeps what a lab writes from the other users of its machine: nobody but its owner can read or change it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from stat import S_IMODE, S_ISLNK

from evenkeel.stack.errors import StackError

# What the group and all others may do with a file.
OF_OTHERS = 0o077
# What a lab keeps in its folder.
OURS = ("artifacts", "checkpoints", "evenkeel.db*", "folder-id", "lock", "logs", "mlflow*", "redis", "secrets", "url")


@contextmanager
def for_us_alone(data: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Make the folder of a lab, if there is none. All that this process and its children write meanwhile is their
    user's alone. What an earlier version left open is closed, and `report` is called with a line about it.

    Raises:
        StackError: `data` cannot be made a folder.
    """
    before = os.umask(OF_OTHERS)
    try:
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(f"--data {data}: cannot be made a folder: {error.strerror}") from None
        if closed := close_lab(data):
            many = f"{closed} files and folders in it were open" if closed > 1 else "it was open"
            report(f"other users of this machine could read {data}: {many}, and only you can read them now")
        if data.stat().st_uid not in (os.geteuid(), 0):
            report(f"{data} belongs to another user, who can read and change what is in it")
        yield
    finally:
        os.umask(before)


def close_lab(data: Path) -> int:
    """Close what a lab keeps in its folder, and the folder itself unless other things lie in it too: it may be
    somebody's home. Returns how many files and folders others could open."""
    data = data.resolve()
    there = sorted(data.iterdir())
    if there and data / "evenkeel.db" not in there:
        # No lab has run here yet, so nothing is known to be ours.
        return 0
    ours = [path for path in there if any(fnmatch(path.name, pattern) for pattern in OURS)]
    alone = len(ours) == len(there)
    # The folder comes first. Once it is closed, nobody else can exchange what is in it.
    return (close(data) if alone else 0) + sum(close(path) + _close_below(path) for path in ours)


def close(path: Path) -> int:
    """Take from others what they may do with a file or folder of ours. Returns 1 if they might do anything, else 0."""
    try:
        found = path.lstat()
        if S_ISLNK(found.st_mode) or not found.st_mode & OF_OTHERS:
            return 0
        path.chmod(S_IMODE(found.st_mode) & ~OF_OTHERS)
    except OSError:
        # It is gone, or it is not ours.
        return 0
    return 1


def _close_below(folder: Path) -> int:
    """Close all that lies in a folder, from the top down. It follows no links, also not if `folder` is one."""
    if folder.is_symlink():
        return 0
    return sum(close(Path(home) / name) for home, folders, files in os.walk(folder) for name in (*folders, *files))
