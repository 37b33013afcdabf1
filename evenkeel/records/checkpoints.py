"""Where the newest checkpoint of a run is."""

from evenkeel.records.rows import Run


def is_copied(run: Run) -> bool:
    """Whether MLflow has the newest checkpoint of a run."""
    there = run.checkpoint_epoch is not None and run.mlflow_run_id is not None
    return there and (run.mirrored_attempt, run.mirrored_checkpoint) == (run.attempt, run.checkpoint_epoch)
