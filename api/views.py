"""Records of the store as the API shows them."""

from api.schemas.experiments import EpochRow, RunBrief, RunDetail
from lab.records import Epoch, Run


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
