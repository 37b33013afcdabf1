"""Keeps the details of experiments until a run changes, because people and scripts ask for them every second."""

from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache

from evenkeel.grids.tasks import generation
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import ExperimentDetail, Progress, follow, what_varies
from evenkeel.records.rows import Experiment
from evenkeel.store.tallies import Stamp

# Those of 1,000 cells take half a megabyte.
MAX_KEPT_CELLS = 50_000


@dataclass(frozen=True)
class Kept:
    """A detail, and what it was made of. `stamps`: cell id -> what `Tallies.stamps` said of the cell. `known`: which
    tasks were known."""

    known: int
    experiment: Experiment
    stamps: dict[int, Stamp]
    progress: Progress
    detail: ExperimentDetail


class Details:
    """The details of experiments. Of an experiment that changes, only the cells that have changed are read again.
    Thread-safe: two requests at the same time may compute the same detail twice."""

    def __init__(self, lab: Lab, max_kept_cells: int = MAX_KEPT_CELLS) -> None:
        self.lab, self.tallies = lab, lab.store.tallies
        self._kept: LRUCache[int, Kept] = LRUCache(max_kept_cells, lambda kept: len(kept.stamps) + 1)
        # Even a look-up changes the order of an LRU cache.
        self._lock = Lock()

    def get(self, experiment: Experiment) -> ExperimentDetail:
        """The detail of the experiment as it is now."""
        # The stamps come first: a run that changes after that is read again next time.
        known, stamps = generation(), self.tallies.stamps(experiment.id)
        with self._lock:
            kept = self._kept.get(experiment.id)
        if kept is not None and kept.known != known:
            kept = None
        if kept is not None and (kept.experiment, kept.stamps) == (experiment, stamps):
            return kept.detail
        progress = self._progress(experiment, stamps, kept)
        detail = follow(self.lab, experiment, progress)
        with self._lock:
            if len(stamps) < self._kept.maxsize:
                self._kept[experiment.id] = Kept(known, experiment, stamps, progress, detail)
        return detail

    def _progress(self, experiment: Experiment, stamps: dict[int, Stamp], kept: Kept | None) -> Progress:
        """How far the experiment is, from what was kept of it and the cells that have changed since."""
        before = kept.stamps if kept is not None else {}
        changed = [cell_id for cell_id, stamp in stamps.items() if before.get(cell_id) != stamp]
        tallies = self.tallies.of(experiment.id, changed if kept is not None else None)
        if kept is not None:
            same = stamps.keys() - set(changed)
            tallies += [tally for tally in kept.progress.tallies if tally.cell_id in same]
            tallies.sort(key=lambda tally: tally.cell_id)
        # What a cell is made of never changes, nor what is known meanwhile, so the same cells are left out.
        if kept is not None and before.keys() == stamps.keys():
            varies, left_out = kept.progress.varies, kept.progress.left_out
        else:
            varies, left_out = what_varies(self.lab, experiment.name)
        return Progress(tallies, self.tallies.seeds(experiment.id), varies, left_out)
