"""What a function needs to change something in the lab."""

from dataclasses import dataclass

from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings
from evenkeel.store import Store


@dataclass(frozen=True)
class Lab:
    """The lab's settings, its database, and the queue that wakes its workers."""

    settings: Settings
    store: Store
    doorbell: Doorbell
