"""A lab on which one fault after the other is tried."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from services import wait_for

from tests.faults.apart import ApartLab
from tests.faults.disk import SmallDisk
from tests.faults.invariants import Key, Numbers
from tests.faults.lab import Lab
from tests.faults.trial import Scenario, Tried, attempt, spec, train_twin

LABS = {"plain": Lab, "apart": ApartLab, "small disk": SmallDisk}


class Bench:
    """A lab, and what its grids measure undisturbed."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._twins: dict[str, dict[Key, Numbers]] = {}

    @classmethod
    @contextmanager
    def open(cls, kind: str, folder: Path) -> "Iterator[Bench]":
        """Start a lab of that kind for the time of the block."""
        lab = LABS[kind](folder)
        try:
            yield cls(lab)
        finally:
            lab.stop()

    def attempt(self, scenario: Scenario, seed: int) -> Tried:
        """Try a fault, and leave the lab as if nothing had been done to it."""
        tried = attempt(self.lab, scenario, seed, self.twin(scenario))
        wait_for(self._is_ready, 120, f"the lab is ready again after {scenario.name}, seed {seed}")
        return tried

    def twin(self, scenario: Scenario) -> dict[Key, Numbers]:
        """What the grid of a scenario measures undisturbed. It is trained when it is first asked for."""
        key = json.dumps(dict(scenario.train), sort_keys=True)
        if key not in self._twins:
            self._twins[key] = train_twin(self.lab, spec(f"twin-{len(self._twins)}", **scenario.train))
        return self._twins[key]

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.lab.url}/readyz", timeout=10).is_success
        except httpx.HTTPError:
            return False
