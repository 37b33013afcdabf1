"""Where the newest checkpoint of a run is."""

from pathlib import Path

from evenkeel.records.rows import Run


def is_copied(run: Run) -> bool:
    """Whether MLflow has the newest checkpoint of a run."""
    there = run.checkpoint_epoch is not None and run.mlflow_run_id is not None
    return there and (run.mirrored_attempt, run.mirrored_checkpoint) == (run.attempt, run.checkpoint_epoch)


def find_on_disk(data_dir: Path, run_id: str, checkpoint_path: str) -> Path | None:
    """The file, if it is in the run's own folder of this lab; otherwise None.

    The path comes from the store, where a worker wrote it. It may name any file, and a link may lead out of the folder.
    """
    try:
        folder = data_dir.resolve(strict=True) / "checkpoints" / run_id
        path = Path(checkpoint_path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return path if path.is_relative_to(folder) and path.is_file() else None
