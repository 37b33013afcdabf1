"""Decides what to import from a source: the metrics, the params, and the runs that are new."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evenkeel.grids.cell import MAX_SEED
from evenkeel.importing.arrival import Choices, WantedMetric
from evenkeel.importing.heads import Head, params_of
from evenkeel.importing.metrics import Better, check_metrics, choose_metrics
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.repeats import check_repeats
from evenkeel.importing.values import Level, to_seed

SEED = "seed"
MOST_NAMED = 20


@dataclass(frozen=True)
class Asked:
    """What somebody asked for. None stands for what the experiment began with, or else for the default."""

    seed: str | None = None
    ignore: Sequence[str] | None = None
    factors: Sequence[str] | None = None
    metrics: Sequence[tuple[str, Better]] | None = None


@dataclass(frozen=True)
class Prepared:
    """What to import.

    Attributes:
        params: Param -> its values over all runs: see `heads.params_of`.
        seeds: id of a run -> its seed; None if it has none.
        num_runs: How many runs there are to store in all.
        num_known: How many runs the lab has to their end.
        fresh: The other runs.
    """

    choices: Choices
    params: dict[str, list[Level]]
    seeds: dict[str, int | None]
    num_runs: int
    num_known: int
    fresh: list[Head]


def prepare(heads: Sequence[Head], asked: Asked, began: Choices | None, ended: Collection[str]) -> Prepared:
    """Decide what to import.

    Args:
        heads: All runs of the source.
        began: What the experiment began with; None if it is new.
        ended: The ids of the runs that the lab has to their end.

    Raises:
        ImportProblem: There is no run, nothing tells the seed, a param looks like a measurement, or what was asked for
            is not there.
    """
    theirs = [head for head in heads if not head.own]
    if not theirs:
        problem = "has only copies of runs that a lab trained" if heads else "has no run"
        raise ImportProblem("source", f"{problem}, or none that the filter leaves")
    choices = _choose(theirs, asked, began)
    seeds = {head.id: to_seed(head.params.get(choices.seed, head.tags.get(choices.seed)), MAX_SEED) for head in theirs}
    if not any(seed is not None for seed in seeds.values()):
        raise ImportProblem("seed", _no_seed(theirs, choices.seed))
    with_seed = [head for head in theirs if seeds[head.id] is not None]
    params = params_of(with_seed, [choices.seed, *choices.ignore], choices.factors)
    if choices.factors is None:
        check_repeats(with_seed, seeds, [name for name, levels in params.items() if len(levels) > 1])
    known = frozenset(ended)
    fresh = [head for head in heads if head.id not in known]
    return Prepared(choices, params, seeds, len(with_seed), len(heads) - len(fresh), fresh)


def _choose(heads: Sequence[Head], asked: Asked, began: Choices | None) -> Choices:
    measured = [head.metrics for head in heads]
    if asked.metrics:
        check_metrics(asked.metrics, measured)
    metrics = [WantedMetric(name=name, better=better) for name, better in asked.metrics or ()]
    for field, names in (("ignore", asked.ignore), ("factors", asked.factors)):
        _check_params(heads, field, names or ())
    if began is not None:
        given = {"seed": asked.seed, "ignore": asked.ignore, "factors": asked.factors, "metrics": metrics or None}
        return Choices.model_validate(dict(began) | {name: value for name, value in given.items() if value is not None})
    return Choices(
        seed=asked.seed or SEED,
        ignore=list(asked.ignore or ()),
        factors=None if asked.factors is None else list(asked.factors),
        metrics=metrics or [WantedMetric(name=name, better=better) for name, better in choose_metrics(measured)],
    )


def _check_params(heads: Sequence[Head], field: str, names: Sequence[str]) -> None:
    known = dict.fromkeys(name for head in heads for name in head.params)
    for name in names:
        if name not in known:
            raise ImportProblem(field, f"no run has a param {name!r}; {_some('params', list(known))}")


def _no_seed(heads: Sequence[Head], seed: str) -> str:
    given = [(name, value) for head in heads for some in (head.params, head.tags) for name, value in some.items()]
    whole = sorted({name for name, value in given if to_seed(value, MAX_SEED) is not None})
    return (
        f"no run has a param or a tag {seed!r} with a whole number from 0 to {MAX_SEED}. Without a seed, the runs of a "
        f"cell cannot be told apart; {_some('params and tags with whole numbers', whole)}"
    )


def _some(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{what}: {', '.join(names[:MOST_NAMED]) or 'none'}{more}"
