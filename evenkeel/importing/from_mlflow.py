"""Imports runs from the MLflow that the settings name. A request names an experiment of it, and never an address."""

import threading
import time
from dataclasses import dataclass, replace

from evenkeel.grids.sharing import QuotaExceeded
from evenkeel.importing.declaring import kept_of
from evenkeel.importing.mlflow import MlflowRuns
from evenkeel.importing.mlflow_rest import Rest
from evenkeel.importing.preparing import Asked, Prepared, prepare
from evenkeel.importing.reading import arrivals
from evenkeel.importing.results import Imported, summed
from evenkeel.importing.taking import take
from evenkeel.lab.context import Lab
from evenkeel.settings import Settings
from evenkeel.store import now_ms

# After so long, an answer says how many runs remain. Clients wait for it.
SECONDS = 20.0

_one_at_a_time = threading.Lock()


class ImportBusy(QuotaExceeded):
    """This process of the API reads another import from MLflow."""

    def __init__(self) -> None:
        super().__init__("another import reads from MLflow now; wait until it has ended", passes=True)


@dataclass(frozen=True)
class Wanted:
    """An experiment of MLflow, and how to import it.

    Attributes:
        search: Only the runs that MLflow finds with this filter; '' for all.
        into: The name of the experiment of the lab.
        began_ms: When the import began; None if it begins now.
        after: The id of the run after which an import goes on that began with an earlier request; None for the first.
    """

    experiment: str
    search: str
    into: str
    asked: Asked
    began_ms: int | None = None
    after: str | None = None


def import_from_mlflow(lab: Lab, wanted: Wanted, posted_by: str = "") -> Imported:
    """Import what is new of an experiment, as much as can be done in `SECONDS`.

    Raises:
        ImportProblem: The runs cannot be imported as they were asked for. Batches before are stored.
        SourceAway: MLflow does not answer.
        ImportBusy: This process reads another import.
        QuotaExceeded: The experiment would have too many runs.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise ImportBusy
    try:
        with rest_of(lab.settings) as rest:
            source = MlflowRuns(rest, wanted.experiment, wanted.search)
            prepared = _prepare(lab, source, wanted)
            return _import(lab, source, prepared, wanted, posted_by)
    finally:
        _one_at_a_time.release()


def rest_of(settings: Settings) -> Rest:
    """A connection to the MLflow to import from. By default it is that of the lab."""
    if settings.import_mlflow_url is None:
        return Rest(settings.mlflow_url, settings.mlflow_auth)
    return Rest(settings.import_mlflow_url.get_secret_value())


def _prepare(lab: Lab, source: MlflowRuns, wanted: Wanted) -> Prepared:
    state = lab.store.imports.state(wanted.into)
    heads = source.heads()
    began = None if state is None else kept_of(state.task).choices
    prepared = prepare(heads, wanted.asked, began, state.ended if state else ())
    done = {head.id for head in heads[: 1 + next((i for i, head in enumerate(heads) if head.id == wanted.after), -1)]}
    return replace(prepared, fresh=[head for head in prepared.fresh if head.id not in done])


def _import(lab: Lab, source: MlflowRuns, prepared: Prepared, wanted: Wanted, posted_by: str) -> Imported:
    deadline, began_ms = time.monotonic() + SECONDS, wanted.began_ms or now_ms()
    done: list[Imported] = []
    remaining, after = len(prepared.fresh), None
    for arrival in arrivals(source, prepared, wanted.into, began_ms):
        remaining -= len(arrival.runs)
        after = arrival.runs[-1].id if arrival.runs and remaining else None
        done.append(replace(take(lab, arrival, posted_by), remaining=remaining, after=after))
        if time.monotonic() > deadline:
            break
    return summed(done, known=prepared.num_known if wanted.after is None else 0)
