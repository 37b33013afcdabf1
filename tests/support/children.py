"""Child processes of slots that send what a test wants, without torch."""

import socket
import subprocess
import sys

from trainer.protocol import Broken, Event, Ready, encode
from trainer.slot import Slot

SAY = """
import socket, sys, time
supervisor = socket.socket(fileno=int(sys.argv[1]))
supervisor.sendall(sys.argv[2].encode())
time.sleep(60)
"""


class Talkative(Slot):
    """A slot whose child sends `lines`, whatever it is asked, and then waits."""

    lines: list[str]

    def _spawn(self) -> "subprocess.Popen[bytes]":
        mine, theirs = socket.socketpair()
        said = "".join(line + "\n" for line in self.lines)
        child = subprocess.Popen([sys.executable, "-c", SAY, str(theirs.fileno()), said], pass_fds=[theirs.fileno()])
        theirs.close()
        self._socket, self._buffer = mine, b""
        return child


class Machine:
    """A machine with some devices. A child opens the device of its slot, or says that the device is missing."""

    def __init__(self, *devices: str) -> None:
        self.devices, self.slots = set(devices), list[Slot]()

    def slot(self, settings: object, device: str) -> Slot:
        """Makes a slot, in place of `trainer.slot.Slot`."""
        machine = self

        class OnIt(Talkative):
            @property
            def lines(self) -> list[str]:  # type: ignore[override]
                opened = "cpu" if device == "auto" else device
                event: Event = Ready(opened) if opened in machine.devices else Broken(f"{device} is missing")
                return [encode(event)]

        self.slots.append(OnIt(settings, device))  # type: ignore[arg-type]
        return self.slots[-1]

    def kill_children(self) -> None:
        for slot in self.slots:
            if slot._child is not None:
                slot._child.kill()
                slot._child.wait()

    def stop(self) -> None:
        for slot in self.slots:
            slot.kill()
