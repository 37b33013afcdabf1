"""The folder in which the code of a plug-in runs. What it leaves there is removed with its attempt.

Code that somebody else wrote may fill a disk. What it writes to its working folder or to temporary files is bounded,
and it is gone before the next run starts.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from evenkeel.plugins import Announced
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim
from evenkeel.settings import Settings
from trainer.disk import MB, size_of
from trainer.protocol import Failed

LOOK_SECONDS = 2.0


class WorkingFolder:
    """The working folder of one attempt, in a `with` block of the supervisor.

    Args:
        needed: What the run needs of plug-ins. Without any, it has no working folder.

    Attributes:
        path: Where it is, or None.
    """

    def __init__(self, settings: Settings, claim: Claim, needed: Announced) -> None:
        folder = settings.data_dir.absolute() / "working" / claim.run_id / f"attempt-{claim.attempt}"
        self.path = folder if needed.packages else None
        self._most, self._least_free = settings.working_mb * MB, settings.least_free_mb * MB
        self._looked = time.monotonic()

    def __enter__(self) -> "WorkingFolder":
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def make(self) -> None:
        """Make the folder. Raises OSError if that is not possible, for example because the disk is full."""
        if self.path is not None:
            # Earlier attempts may have been killed with the worker.
            self._remove()
            self.path.mkdir(parents=True)

    def _remove(self) -> None:
        if self.path is not None:
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def problem(self) -> str:
        """Why the attempt must end, since it wrote too much; '' if it need not. It is measured now and then."""
        if self.path is None or time.monotonic() - self._looked < LOOK_SECONDS:
            return ""
        held, self._looked = size_of(self.path), time.monotonic()
        if held <= self._most:
            return ""
        return (
            f"its working folder held {held / MB:.0f} MB of files, and EVENKEEL_WORKING_MB={self._most // MB}. A run "
            "keeps what it needs in state_dict"
        )

    def blame(self, failed: Failed) -> Failed:
        """The failure of the attempt. If the disk was full, and would not be without the files of the attempt, the
        attempt is to blame, and its run is not tried again."""
        if self.path is None or failed.reason != Reason.DISK_FULL:
            return failed
        held, free = size_of(self.path), shutil.disk_usage(self.path).free
        if free >= self._least_free or free + held < self._least_free:
            return failed
        says = f"it filled the disk: its working folder held {held / MB:.0f} MB of files ({failed.error})"
        return Failed(says, Reason.ERROR)


@contextmanager
def working_in(folder: str) -> Iterator[None]:
    """Work in this folder, and keep temporary files there. '' changes nothing. The child calls this."""
    if not folder:
        yield
        return
    home, temporary = os.getcwd(), os.environ.get("TMPDIR")
    os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    try:
        yield
    finally:
        os.chdir(home)
        tempfile.tempdir = None
        os.environ.pop("TMPDIR", None) if temporary is None else os.environ.update(TMPDIR=temporary)
