"""A slot: one place on a device where a run can train. It has a child process, which is replaced when it dies."""

import select
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evenkeel.records.endings import Reason
from evenkeel.settings import Settings
from trainer.codec import ProtocolError
from trainer.output import Output
from trainer.protocol import Broken, Event, Order, Ready, decode_event, encode
from trainer.spawn import spawn

# Linux ends a child when the thread that started it ends. So one thread starts all children, and it never ends.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="slot-starter")

MIB = 1024 * 1024
FULL_SECONDS = 600.0


class ChildDied(Exception):
    """The child of a slot cannot be used. It could not start, it ended early, or it sent an unexpected message."""


class Slot:
    """One slot. Only one thread may use it at a time. `send` and `receive` raise ChildDied if the child is unusable.

    Attributes:
        wanted: The device that the child is told to open, as the settings name it.
        device: The device that the child has opened, as torch names it; '' before that.
    """

    START_SECONDS = 300.0

    def __init__(self, settings: Settings, device: str) -> None:
        self._settings, self.wanted = settings, device
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._ready = False
        # The disk of this folder was full. At least so many bytes must be free before the next run, or it must be this
        # late: a quota may be exhausted, which the free bytes do not show.
        self._full: tuple[Path, int, float] | None = None
        self.device = ""
        # What its children print.
        self.output = Output()
        # The code of plug-ins that the child has loaded.
        self._code = ""
        self._started = 0.0

    @property
    def is_warm(self) -> bool:
        """Whether the child lives, and waits for a run or trains one. Any thread may read this."""
        child = self._child
        return self._ready and child is not None and child.poll() is None

    def begin(self) -> None:
        """Start a child if there is none, without waiting for it."""
        if self._child is None or self._child.poll() is not None:
            self.kill()
            self._started = time.monotonic()
            self._child = _starter.submit(self._spawn).result()

    def start(self) -> None:
        """Make sure that the slot has a warm child. This returns once the child has loaded torch and opened its device.

        Raises:
            ChildDied: If the child cannot start, or if the disk is still full.
        """
        self.check_room()
        self.begin()
        if self._ready:
            return
        try:
            self.device = self._wait_until_ready()
        except ChildDied:
            self.kill()
            raise
        self._ready = True

    def use(self, code: str, since: float = 0.0) -> None:
        """Make sure that the child can load this code of plug-ins, and has loaded no other, since that could change
        what it computes. Raises ChildDied as `start` does.

        Args:
            code: What the next run needs, and
            since: when something was last installed: see `trainer.plugins.installed.Installed`.
        """
        is_too_old = bool(code) and not self._code and self._started < since
        if self._code not in ("", code) or is_too_old:
            self.kill()
            self.start()
        self._code = code

    def after_failure(self, reason: Reason, folder: Path) -> None:
        """Do what the next run needs after one has failed: a fresh child, or room in the folder of checkpoints."""
        if reason is Reason.OUT_OF_MEMORY:
            # The memory of the GPU may be in pieces.
            self.kill()
        if reason is Reason.DISK_FULL:
            # What could not be written is larger than what is free now. If twice that is not enough, it fails again.
            # The folder may be on another disk than those above it, and may not be there yet.
            folder = folder if folder.exists() else folder.parent
            self._full = (folder, 2 * shutil.disk_usage(folder).free + MIB, time.monotonic() + FULL_SECONDS)

    def check_room(self) -> None:
        """Raises ChildDied if the disk was full, and still has no room for another checkpoint."""
        if self._full is None:
            return
        folder, needed, until = self._full
        free = shutil.disk_usage(folder).free
        if free < needed and time.monotonic() < until:
            raise ChildDied(
                f"the disk of {folder} is full, with {free / 1e6:.0f} MB free. It trains again once {needed / 1e6:.0f} "
                "MB are free"
            )
        self._full = None

    def _wait_until_ready(self) -> str:
        """Returns the device that the child has opened."""
        deadline = time.monotonic() + self.START_SECONDS
        while (event := self.receive(1.0)) is None:
            if time.monotonic() > deadline:
                raise ChildDied(f"the training process was not ready within {self.START_SECONDS:.0f} s")
        match event:
            case Ready(device):
                return device
            case Broken(error):
                raise ChildDied(error)
            case _:
                raise ChildDied(f"the training process sent {type(event).__name__} before it was ready")

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._buffer = b""
        child, self._socket = spawn(self._settings, self.wanted, self.output)
        return child

    def send(self, order: Order) -> None:
        """Send an order to the child. Raises ProtocolError if it cannot be written as JSON; nothing is sent then."""
        assert self._socket is not None
        line = encode(order).encode() + b"\n"
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise ChildDied(self._epitaph()) from error

    def receive(self, timeout_seconds: float) -> Event | None:
        """The next event of the child; None if there is none within the timeout."""
        assert self._socket is not None
        while b"\n" not in self._buffer:
            if not select.select([self._socket], [], [], timeout_seconds)[0]:
                return None
            try:
                chunk = self._socket.recv(65536)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise ChildDied(self._epitaph())
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        try:
            return decode_event(line)
        except ProtocolError as error:
            raise ChildDied(f"the training process sent an unknown message: {error}") from error

    def kill(self) -> None:
        """End the child, if there is one."""
        self._ready, self._code = False, ""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        if self._socket is not None:
            self._socket.close()
        self._child = self._socket = None

    def _epitaph(self) -> str:
        assert self._child is not None
        code = self._child.wait()
        ending = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"
        return f"the training process {ending}"
