"""What the options of `evenkeel import` mean: the experiment, and the source of its runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenkeel.client import ApiError
from evenkeel.importing.metrics import parse_metric
from evenkeel.importing.mlflow import MlflowRuns
from evenkeel.importing.mlflow_rest import Rest
from evenkeel.importing.preparing import SEED, Asked
from evenkeel.importing.problems import ImportProblem
from evenkeel.plugins import NAME_PATTERN

if TYPE_CHECKING:
    from evenkeel.client import Client
    from evenkeel.importing.heads import Source


@dataclass(frozen=True)
class Options:
    """The options of the command, as they were given."""

    experiment: str | None
    mlflow: str | None
    table: Path | None
    into: str | None
    search: str
    seed: str | None
    metric: list[str] | None
    ignore: str | None
    factors: str | None
    epoch: str | None
    run: str | None
    state: str | None
    diverged: str | None

    @property
    def name(self) -> str:
        """The experiment of the lab."""
        name = self.into or self.experiment or (self.table.stem if self.table else "")
        if not re.fullmatch(NAME_PATTERN, name):
            raise ImportProblem("into", f"{name!r:.80} cannot be the name of an experiment here; give another one")
        return name

    @property
    def asked(self) -> Asked:
        metrics = [parse_metric(said) for said in self.metric] if self.metric else None
        return Asked(self.seed, _names(self.ignore), _names(self.factors), metrics)


@contextmanager
def open_source(client: Client, options: Options) -> Iterator[tuple[Source, Any]]:
    """The source, and what the experiment began with; None if it is new."""
    began = _began(client, options.name)
    if options.mlflow is not None and options.experiment is not None:
        with Rest.by_environment(options.mlflow) as rest:
            yield MlflowRuns(rest, options.experiment, options.search), began
    elif options.table is not None:
        yield _table(options, options.table, began["choices"] if began else {}), began


def _table(options: Options, path: Path, began: dict[str, Any]) -> Source:
    from evenkeel.importing.table import Roles, TableRuns

    asked = options.asked
    metrics = asked.metrics or [(metric["name"], metric["better"]) for metric in began.get("metrics", ())]
    if not metrics:
        raise ImportProblem("metric", "name at least one column of the table, for example --metric val_acc:higher")
    factors = began.get("factors") if asked.factors is None else asked.factors
    roles = Roles(
        metrics=tuple(name for name, _ in metrics),
        seed=asked.seed or began.get("seed", SEED),
        epoch=options.epoch,
        run=options.run,
        state=options.state,
        diverged=options.diverged,
        ignore=tuple(asked.ignore if asked.ignore is not None else began.get("ignore", ())),
        factors=None if factors is None else tuple(factors),
    )
    return TableRuns(path, roles)


def _began(client: Client, name: str) -> Any:
    try:
        return client.imports(name)
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def _names(said: str | None) -> Sequence[str] | None:
    return None if said is None else [name.strip() for name in said.split(",") if name.strip()]
