"""Records of the store as the API shows them."""

from collections.abc import Collection, Sequence
from typing import Any

from api.schemas.experiments import (
    CellPlan,
    EpochRow,
    ExperimentBrief,
    ExperimentDetail,
    GridPlan,
    RunBrief,
    RunCounts,
    RunDetail,
)
from lab.availability import num_classes_of
from lab.cell import Cell, cell_labels
from lab.datasets import Prepared
from lab.progress import count_tallies, epochs_done, remaining_seconds
from lab.records import Epoch, Experiment, Run, Tally
from lab.spec import GridSpec


def brief_experiment(found: Experiment, num_cells: int, num_runs: dict[str, Any]) -> ExperimentBrief:
    return ExperimentBrief(
        name=found.name,
        created_ms=found.created_ms,
        priority=found.priority,
        max_running=found.max_running,
        device=found.device,
        num_cells=num_cells,
        num_runs=RunCounts.model_validate(num_runs),
    )


def detailed_experiment(
    found: Experiment, tallies: Sequence[Tally], seeds: list[int], mlflow_url: str
) -> ExperimentDetail:
    """mlflow_url: of MLflow, as a browser reaches it."""
    done, total = epochs_done(tallies)
    page = f"{mlflow_url}/#/experiments/{found.mlflow_experiment_id}/runs" if found.mlflow_experiment_id else None
    return ExperimentDetail(
        **vars(brief_experiment(found, len({tally.cell_id for tally in tallies}), count_tallies(tallies))),
        eta_seconds=remaining_seconds(tallies),
        mlflow_url=page,
        seeds=seeds,
        epochs_done=done,
        epochs_total=total,
    )


def plan_grid(
    spec: GridSpec, cells: list[Cell], prepared: list[Prepared], known: Collection[tuple[str, int]]
) -> GridPlan:
    """known: (cell hash, seed) of the experiment's runs so far."""
    plans = [
        CellPlan(
            cell=label,
            hash=cell.hash,
            levels=cell.model_dump(mode="json"),
            num_parameters=cell.num_parameters(num_classes_of(cell, prepared)),
        )
        for cell, label in zip(cells, cell_labels(cells), strict=True)
    ]
    new = sum((cell.hash, seed) not in known for cell in cells for seed in spec.seed_list)
    num_runs = len(cells) * len(spec.seed_list)
    return GridPlan(name=spec.name, cells=plans, seeds=list(spec.seed_list), num_runs=num_runs, num_new=new)


def brief_run(run: Run, label: str) -> RunBrief:
    return RunBrief(
        id=run.id,
        experiment=run.experiment,
        cell=label,
        seed=run.seed,
        status=run.status,
        outcome=run.outcome,
        attempt=run.attempt,
        num_epochs=run.num_epochs,
        epochs=run.cell.epochs,
        diverged_epoch=run.diverged_epoch,
        error=run.error,
        worker=run.worker,
        mlflow_run_id=run.mlflow_run_id,
    )


def detailed_run(run: Run, label: str, epochs: list[Epoch]) -> RunDetail:
    checkpoint = {"epoch": run.checkpoint_epoch, "path": run.checkpoint_path, "sha256": run.checkpoint_sha256}
    return RunDetail(
        **brief_run(run, label).model_dump(),
        spec={**run.levels, "seed": run.seed},
        code_version=run.code_version,
        crashes=run.crashes,
        created_ms=run.created_ms,
        started_ms=run.started_ms,
        ended_ms=run.ended_ms,
        dataset_hash=run.dataset_hash,
        checkpoint=checkpoint if run.checkpoint_epoch else None,
        history=[EpochRow.model_validate(epoch, from_attributes=True) for epoch in epochs],
    )
