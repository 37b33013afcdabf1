"""What a function needs to change something in the lab."""

from dataclasses import dataclass

from evenkeel.grids.sharing import Quota
from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings
from evenkeel.store import Store


@dataclass(frozen=True)
class Lab:
    """The lab's settings, its database, and the queue that wakes its workers."""

    settings: Settings
    store: Store
    doorbell: Doorbell

    @property
    def quota(self) -> Quota:
        return quota_of(self.settings)


def quota_of(settings: Settings) -> Quota:
    """How many runs there may be."""
    return Quota(settings.max_runs_per_experiment, settings.max_in_flight)
