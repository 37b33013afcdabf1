"""What it takes to change something in the lab."""

from dataclasses import dataclass

from evenkeel.lab.queue import Doorbell
from evenkeel.lab.store import Store
from evenkeel.settings import Settings


@dataclass(frozen=True)
class Lab:
    """Its settings, its record and the bell that wakes its workers."""

    settings: Settings
    store: Store
    doorbell: Doorbell
