"""A doorbell that nobody hears."""

from servers import NO_BROKER

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings


class Bell(Doorbell):
    """Remembers who was rung for; answers like a broker that is there."""

    def __init__(self) -> None:
        super().__init__(Settings(broker_url=NO_BROKER))
        self.rung: list[tuple[Device, int]] = []

    def ring(self, device: Device, times: int) -> bool:
        self.rung.append((device, times))
        return True
