"""Finds what is to be told, and words it."""

from collections.abc import Iterator

from evenkeel.grids.cell import UnreadableCell, read_cell
from evenkeel.grids.levels import cell_name
from evenkeel.records.alerts import DivergedCell, Ended, Kind, NewAlert
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.rows import Run
from evenkeel.store import Store, now_ms

# A worker that has reported nothing for so long is gone. It may only be slow, or stopped for a while.
SILENT_SECONDS = 120.0
DAY_MS = 24 * 3600 * 1000
MAX_ERROR = 500  # characters


def note_news(store: Store) -> int:
    """Note an alert for everything that has happened and was not noted before. Returns the number of new ones."""
    found = {alert.key: alert for alert in _find_news(store)}
    known = store.alerts.known(list(found))
    return store.alerts.note([alert for key, alert in found.items() if key not in known])


def _find_news(store: Store) -> Iterator[NewAlert]:
    since = store.alerts.since()
    yield from map(_run_failed, store.happenings.failed_runs(since))
    yield from map(_cell_diverged, store.happenings.diverged_cells(since))
    yield from map(_experiment_finished, store.happenings.ended_experiments(since))
    for name, seen_ms in store.happenings.gone_workers(since, SILENT_SECONDS):
        text = f"The worker {name} has not reported for {SILENT_SECONDS / 60:.0f} minutes. Its runs are queued again."
        yield NewAlert(f"worker/{name}/{seen_ms}", Kind.WORKER_GONE, text, {"worker": name, "seen_ms": seen_ms})
    for name, says in store.happenings.full_disks(WORKER_SEEN_SECONDS):
        # It is told once a day while it lasts.
        key = f"disk/{name}/{now_ms() // DAY_MS}"
        yield NewAlert(key, Kind.DISK_FULL, f"The worker {name} reports: {says}", {"worker": name, "problem": says})


def _experiment_finished(ended: Ended) -> NewAlert:
    names = ("converged", "collapsed", "diverged", "failed", "cancelled")
    counts = {name: getattr(ended, name) for name in names}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    text = f"{ended.name} has finished: {ended.runs} runs, {told}. See: evenkeel summary --experiment {ended.name}"
    facts = {"experiment": ended.name, "runs": ended.runs, "ended_ms": ended.ended_ms, **counts}
    return NewAlert(f"experiment/{ended.id}/{ended.name}/{ended.ended_ms}", Kind.EXPERIMENT_FINISHED, text, facts)


def _run_failed(run: Run) -> NewAlert:
    where = f"seed {run.seed} of the cell {_name(run.task, run.stored_levels, run.cell_hash)} of {run.experiment}"
    why = (run.error or "no reason was recorded")[:MAX_ERROR].rstrip(".")
    text = f"{where} has failed: {why}. To queue it again: evenkeel retry --run {run.id[:8]}"
    facts = {"experiment": run.experiment, "run": run.id, "cell": run.cell_hash, "seed": run.seed, "error": run.error}
    return NewAlert(f"run/{run.id}/{run.attempt}/{run.ended_ms}", Kind.RUN_FAILED, text[0].upper() + text[1:], facts)


def _cell_diverged(cell: DivergedCell) -> NewAlert:
    name = _name(cell.task, dict(cell.levels), cell.hash)
    text = f"{cell.diverged} of {cell.finished} seeds of the cell {name} of {cell.experiment} diverged."
    facts = {"experiment": cell.experiment, "cell": cell.hash, "diverged": cell.diverged, "finished": cell.finished}
    # Further seeds may change how many diverged. That is told again.
    key = f"cell/{cell.experiment_id}/{cell.experiment}/{cell.hash}/{cell.diverged}/{cell.finished}"
    return NewAlert(key, Kind.CELL_DIVERGED, text, facts)


def _name(task: str, levels: dict[str, object], cell_hash: str) -> str:
    """The name of a cell; its hash if it cannot be read here."""
    try:
        cell = read_cell(task, levels)
    except UnreadableCell:
        return cell_hash
    return cell_name(cell.task, cell.levels, cell_hash)
