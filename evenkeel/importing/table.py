"""Reads runs from a CSV or Parquet file, such as an export of W&B or Aim, with the reader of `evenkeel analyze`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from evenkeel.grids.cell import canonical_hash
from evenkeel.importing.curves import Points
from evenkeel.importing.heads import Head, State
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.table_rows import Rows
from evenkeel.importing.values import is_name, plain_text, to_level
from evenkeel.plugins import Outcome
from evenkeel.stability.columns import is_missing
from evenkeel.stability.errors import FrameError
from evenkeel.stability.files import read
from evenkeel.stability.roles import NO_FACTORS, check_column
from evenkeel.stability.values import outcomes_of, whole_numbers_of

# The words that W&B, Aim and MLflow have for how far a run got.
STATES = {state.value: state for state in State}
STATES |= {"crashed": State.FAILED, "preempted": State.KILLED, "preempting": State.RUNNING, "scheduled": State.RUNNING}


@dataclass(frozen=True)
class Roles:
    """Which column of a table is what. All others are params.

    Attributes:
        metrics: The metrics.
        seed: The seeds.
        epoch: The epochs, if a row is a run and epoch; None if a row is a run.
        run: What tells the runs apart; None if that is the params and the seed.
        state: How far each run got; None if all have finished.
        diverged: Whether a run diverged, or its outcome, as `stability.runs` takes it.
        ignore: Columns that are no params.
        factors: The only columns that are; None for all others.
    """

    metrics: tuple[str, ...]
    seed: str = "seed"
    epoch: str | None = None
    run: str | None = None
    state: str | None = None
    diverged: str | None = None
    ignore: tuple[str, ...] = ()
    factors: tuple[str, ...] | None = None


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the columns is wrong with the import."""
    try:
        yield
    except FrameError as error:
        raise ImportProblem(error.field, error.problem) from error


class TableRuns:
    """The runs of a file. It is a `Source`."""

    def __init__(self, path: Path, roles: Roles) -> None:
        """
        Raises:
            ImportProblem: The file cannot be read, or has not all of these columns.
            ModuleNotFoundError: A Parquet file needs a package that is not installed.
            OSError: The file cannot be opened.
        """
        self.name, self._roles = path.name, roles
        with _told():
            self._columns = read(path)
            self._check_columns()

    def _check_columns(self) -> None:
        roles = self._roles
        named = {"metric": roles.metrics, "epoch": (roles.epoch,), "run": (roles.run,), "state": (roles.state,)}
        named |= {"diverged": (roles.diverged,), "factors": roles.factors or (), "ignore": roles.ignore}
        for role, names in named.items():
            for name in filter(None, names):
                check_column(self._columns, name, role)

    def heads(self) -> list[Head]:
        with _told():
            return [self._head(run_id, rows) for run_id, rows in self._runs.items()]

    def points(self, heads: Sequence[Head], metrics: Sequence[str]) -> Mapping[str, Points]:
        return {head.id: self._rows.points(self._runs[head.id]) for head in heads}

    @cached_property
    def _rows(self) -> Rows:
        roles, columns = self._roles, self._columns
        said = None if roles.diverged is None else outcomes_of(roles.diverged, columns[roles.diverged])
        return Rows(columns, roles.metrics, self._epochs, said)

    @cached_property
    def _epochs(self) -> list[int]:
        epoch = self._roles.epoch
        return [1] * self._num_rows if epoch is None else whole_numbers_of(epoch, self._columns[epoch], "epoch")

    @property
    def _num_rows(self) -> int:
        return len(next(iter(self._columns.values())))

    @cached_property
    def _params(self) -> list[str]:
        """The columns of the params, and that of the seed."""
        roles = self._roles
        if roles.factors is not None:
            return [*roles.factors, *([roles.seed] if roles.seed in self._columns else [])]
        others = {*roles.metrics, roles.epoch, roles.run, roles.state, roles.diverged, *roles.ignore, *NO_FACTORS}
        # A table of pandas may begin with a column of row numbers, which has no name.
        return [name for name in self._columns if is_name(name) and (name not in others or name == roles.seed)]

    @cached_property
    def _runs(self) -> dict[str, list[int]]:
        """id -> the rows of the run, in the order of its epochs. Raises ImportProblem."""
        found: dict[Any, list[int]] = {}
        for row in range(self._num_rows):
            found.setdefault(self._id(row), []).append(row)
        for rows in found.values():
            rows.sort(key=self._epochs.__getitem__)
            for before, after in pairwise(rows):
                if self._epochs[before] == self._epochs[after]:
                    self._refuse(before, after)
        return found

    def _id(self, row: int) -> str:
        if self._roles.run is not None:
            return plain_text(self._columns[self._roles.run][row])
        return canonical_hash([self._level(name, row) for name in self._params])

    def _refuse(self, before: int, after: int) -> None:
        epoch = self._roles.epoch
        says = "one run has one row for each epoch" if epoch else "one run has one row"
        more = "" if epoch else ". If a row is an epoch, name the column of the epochs with --epoch"
        more += "" if self._roles.run else ". If they are two runs, name the column that tells runs apart with --run"
        raise ImportProblem("table", f"rows {before + 1} and {after + 1} are the same run; {says}{more}")

    def _head(self, run_id: str, rows: Sequence[int]) -> Head:
        # A column that changes within a run was measured. It is no param.
        params = {name: self._level(name, rows[0]) for name in self._params if name not in self._measured}
        outcome = self._rows.outcome(rows)
        return Head(
            id=run_id,
            state=self._state(rows[-1]) if outcome is not None else State.RUNNING,
            params={name: level for name, level in params.items() if level is not None},
            metrics=frozenset(self._rows.points(rows)),
            collapsed=outcome is Outcome.COLLAPSED,
        )

    @cached_property
    def _measured(self) -> set[str]:
        return {
            name
            for name in self._params
            for rows in self._runs.values()
            if any(self._level(name, row) != self._level(name, rows[0]) for row in rows[1:])
        }

    def _level(self, name: str, row: int) -> Any:
        value = self._columns[name][row]
        return None if is_missing(value) else to_level(value)

    def _state(self, row: int) -> State:
        name = self._roles.state
        if name is None:
            return State.FINISHED
        said = str(self._columns[name][row]).lower()
        if said not in STATES:
            allowed = ", ".join(STATES)
            raise ImportProblem("state", f"{said!r:.60} in row {row + 1} of {name!r} is not known; allowed: {allowed}")
        return STATES[said]
