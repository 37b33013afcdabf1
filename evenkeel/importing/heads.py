"""What a source says of its runs before their curves are read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from evenkeel.importing.curves import Points
from evenkeel.importing.values import Level, level_key


class State(StrEnum):
    """How far a run got where it was trained."""

    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"
    RUNNING = "running"


@dataclass(frozen=True)
class Head:
    """A run without its curves.

    Attributes:
        id: Tells it apart from the other runs of its source.
        params: Param -> value, without the tags.
        tags: The texts among which a seed may be, if no param is the seed.
        metrics: The names of what it has measured.
        started_ms, ended_ms: In ms since 1970; None if the source does not know.
        collapsed: Whether the source says that it ended no better than a constant predictor.
        own: Whether it is a copy of a run that a lab trained.
    """

    id: str
    state: State
    params: Mapping[str, Level]
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: frozenset[str] = frozenset()
    started_ms: int | None = None
    ended_ms: int | None = None
    collapsed: bool = False
    own: bool = False


class Source(Protocol):
    """Where runs come from.

    Attributes:
        name: What the lab calls it: the address of a page, or the name of a file.
    """

    name: str

    def heads(self) -> list[Head]:
        """Its runs, in the order in which they started. Raises ImportProblem and SourceAway."""

    def points(self, heads: Sequence[Head], metrics: Sequence[str]) -> Mapping[str, Points]:
        """id -> what the run measured. Raises ImportProblem and SourceAway."""


def params_of(heads: Iterable[Head], left_out: Iterable[str], only: Sequence[str] | None) -> dict[str, list[Level]]:
    """param -> its values over all runs, the most frequent first. A run without the param has the value None.

    Args:
        left_out: The params that are no factors, such as the seed.
        only: The params that are; None for all others.
    """
    every, without = list(heads), frozenset(left_out)
    names = dict.fromkeys(name for head in every for name in head.params) if only is None else dict.fromkeys(only)
    return {name: _values(every, name) for name in names if name not in without}


def _values(heads: Sequence[Head], name: str) -> list[Level]:
    counted = Counter(level_key(head.params.get(name)) for head in heads)
    return [level for (_, level), _ in counted.most_common()]
