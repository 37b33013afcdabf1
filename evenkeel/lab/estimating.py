"""How long the new runs of a grid would take, judged by finished runs of the same shape (`evenkeel.lab.paces`).

If a shape was never measured, it is judged by how much it computes (`evenkeel.lab.foretelling`).
"""

from collections.abc import Mapping, Sequence

from evenkeel.grids.cell import Cell
from evenkeel.grids.sharing import Device, device_kind
from evenkeel.lab.ahead import Ahead, what_is_ahead
from evenkeel.lab.foretelling import foretell, why_not
from evenkeel.lab.paces import KINDS, Pace, Shape, measure, shape_of
from evenkeel.lab.planned import Estimate
from evenkeel.lab.slots import Line, play
from evenkeel.lab.telling import ALL_EXIST, Foretold, estimate_says, unmeasured_says
from evenkeel.lab.to_train import Able, ToTrain, who_can_train
from evenkeel.store import Store

Paces = Mapping[Device, Mapping[Shape, Pace]]
LOW, LIKELY, HIGH = range(3)  # the places in what `Pace.of_run` returns


def estimate(store: Store, runs: ToTrain | None) -> Estimate:
    """How long these runs would take. runs: None if there are no new ones."""
    if runs is None:
        return _answer([0.0] * 3, [0.0] * 3, says=ALL_EXIST)
    able = who_can_train(store, runs)
    paces = _possible(runs, able, measure(store, runs.distinct, runs.threads))
    if measured := _full(runs, paces):
        return _foretell(store, runs, able, measured, [])
    fewest = _fewest(runs, paces)
    others = foretell(store, runs.distinct, runs.threads)
    if foretold := _full(runs, {kind: {**others.get(kind, {}), **known} for kind, known in paces.items()}):
        return _foretell(store, runs, able, foretold, fewest)
    says = unmeasured_says(len(fewest), len(runs.distinct), runs.threads, why_not(store, fewest))
    return _answer(None, None, unmeasured_cells=len(fewest), says=says)


def unmeasured(store: Store, runs: ToTrain) -> list[Cell]:
    """A cell of each shape that was never measured. On several kinds of devices, on the one with the fewest of them."""
    paces = _possible(runs, who_can_train(store, runs), measure(store, runs.distinct, runs.threads))
    return list({shape_of(cell): cell for cell in reversed(_fewest(runs, paces))}.values())


def _possible(runs: ToTrain, able: Able, paces: Paces) -> Paces:
    """What was measured on the kinds of devices that can train the runs."""
    kinds = able.kinds or [kind for kind in KINDS if runs.device in (Device.ANY, kind)]
    return {kind: paces[kind] for kind in kinds}


def _full(runs: ToTrain, paces: Paces) -> Paces:
    """The kinds of devices on which the time of every shape is known."""
    return {kind: known for kind, known in paces.items() if not _unknown(runs, known)}


def _fewest(runs: ToTrain, paces: Paces) -> list[Cell]:
    """The cells whose shape was never measured, on the kind of device with the fewest of them."""
    return min((_unknown(runs, known) for known in paces.values()), key=len)


def _unknown(runs: ToTrain, known: Mapping[Shape, Pace]) -> list[Cell]:
    return [cell for cell in runs.distinct if shape_of(cell) not in known]


def _foretell(store: Store, runs: ToTrain, able: Able, paces: Paces, guessed: Sequence[Cell]) -> Estimate:
    """guessed: the cells whose shape was never measured."""
    times = [[_times(paces, cell, sure) for cell in runs.cells] for sure in (LOW, LIKELY, HIGH)]
    workers = [worker for worker in able.workers if device_kind(worker.device) in paces]
    ahead = what_is_ahead(store, runs, workers, _typical(times[LIKELY], runs.cells))
    played = [_play(runs, ahead, each) for each in times]
    device = [seconds for seconds, _ in played]
    finish = [end for _, end in played if end is not None] if able.missing is None else []
    used = [paces[kind][shape_of(cell)] for kind in paces for cell in runs.distinct]
    from_runs = len(frozenset[str]().union(*(pace.runs for pace in used)))
    says = estimate_says(
        Foretold(
            num_runs=len(runs.cells),
            device=device,
            finish=finish,
            from_runs=from_runs,
            num_shapes=len({shape_of(cell) for cell in runs.distinct}),
            guessed=[cell.name for cell in guessed],
            num_slots=len(ahead.slots),
            num_free=sum(slot.free_in == 0 for slot in ahead.slots),
            num_queued=ahead.queued,
            num_unmeasured=ahead.unmeasured,
            missing=able.missing,
            kinds=paces,
            not_used=[kind for kind in able.kinds if kind not in paces],
            num_by_rule=runs.by_rule,
            by_rule=device[LIKELY] / len(runs.cells) * runs.by_rule,
        )
    )
    return _answer(device, finish or None, says, from_runs, len(guessed))


def _times(paces: Paces, cell: Cell, sure: int) -> dict[Device, float]:
    """kind of device -> the seconds that a run of the cell takes there."""
    return {kind: paces[kind][shape_of(cell)].of_run(cell.num_epochs)[sure] for kind in paces}


def _typical(times: Sequence[Mapping[Device, float]], cells: Sequence[Cell]) -> float:
    """The seconds of an epoch, all that a run does beside its epochs included, as the mean over these runs."""
    return sum(max(each.values()) for each in times) / sum(cell.num_epochs for cell in cells)


def _play(runs: ToTrain, ahead: Ahead, times: Sequence[Mapping[Device, float]]) -> tuple[float, float | None]:
    """(seconds for which the runs keep slots busy, seconds until the last of them has ended; None if it never does)."""
    mine = Line([*ahead.own, *times], runs.priority, ahead.served_ms, runs.max_running)
    placed = play(ahead.slots, [*ahead.lines, mine], len(ahead.lines))
    if placed is None:
        return sum(next(iter(each.values())) for each in times), None
    new = placed[len(ahead.own) :]
    return sum(each[run.kind] for each, run in zip(times, new, strict=True)), max(run.end for run in new)


def _answer(
    device: Sequence[float] | None,
    finish: Sequence[float] | None,
    says: str,
    from_runs: int = 0,
    unmeasured_cells: int = 0,
) -> Estimate:
    """Args: device, finish: seconds, as (lowest, likely, highest)."""
    of_device, of_finish = device or (None,) * 3, finish or (None,) * 3
    return Estimate(
        device_seconds=of_device[LIKELY],
        device_seconds_low=of_device[LOW],
        device_seconds_high=of_device[HIGH],
        finish_seconds=of_finish[LIKELY],
        finish_seconds_low=of_finish[LOW],
        finish_seconds_high=of_finish[HIGH],
        from_runs=from_runs,
        unmeasured_cells=unmeasured_cells,
        says=says,
    )
