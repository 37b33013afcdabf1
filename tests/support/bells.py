"""A stand-in for the queue that wakes workers. It wakes nobody."""

from servers import NO_BROKER

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings


class Bell(Doorbell):
    """Remembers which devices were rung for, and answers as if the broker were there."""

    def __init__(self) -> None:
        super().__init__(Settings(broker_url=NO_BROKER))
        self.rung: list[tuple[Device, int]] = []

    def ring(self, device: Device, times: int) -> bool:
        self.rung.append((device, times))
        return True
