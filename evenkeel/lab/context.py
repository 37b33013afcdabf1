"""What a function needs to change something in the lab."""

from dataclasses import dataclass

from evenkeel.lab.queue import Doorbell
from evenkeel.lab.store import Store
from evenkeel.settings import Settings


@dataclass(frozen=True)
class Lab:
    """The lab's settings, its database, and the queue that wakes its workers."""

    settings: Settings
    store: Store
    doorbell: Doorbell
