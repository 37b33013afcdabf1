"""What the mirror has copied to MLflow: which changes MLflow does not have yet, and the ids of its copies."""

from sqlalchemy import and_, or_, select, update

from evenkeel.claims.held import NOT_COPIED
from evenkeel.database import Database
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.schema import cells, deleted_experiments, experiments, runs
from evenkeel.store.runs import run_query, to_run


class Outbox:
    def __init__(self, database: Database) -> None:
        self.database = database

    def unmirrored(self, limit: int) -> list[Run]:
        """At most `limit` runs that changed since they were last copied to MLflow, in the order in which they
        started."""
        changed = run_query().where(runs.c.version > runs.c.mirrored_version)
        query = changed.order_by(runs.c.started_ms, runs.c.id).limit(limit)
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query)]

    def training_on(self, worker: str) -> list[Run]:
        """The runs that a worker trains now and that have a copy in MLflow."""
        query = run_query().where(
            runs.c.status == Status.RUNNING, runs.c.worker == worker, runs.c.mlflow_run_id.is_not(None)
        )
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query)]

    def set_mlflow_run(self, run: Run, mlflow_run_id: str) -> None:
        """Record the id of the copy that was made for a run just now. Nothing may be logged to it before."""
        fresh = {"mlflow_run_id": mlflow_run_id, "mirrored_epoch": 0, "mirrored_checkpoint": 0}
        with self.database.write() as db:
            db.execute(update(runs).where(runs.c.id == run.id, runs.c.mlflow_run_id.is_(None)).values(fresh))

    def forget_copy(self, run: Run) -> None:
        """Record that the copy of a run is gone, so that a new one is made."""
        same = runs.c.id == run.id, runs.c.mlflow_run_id == run.mlflow_run_id
        with self.database.write() as db:
            db.execute(update(runs).where(*same).values(NOT_COPIED))

    def mark_mirrored(self, run: Run, mlflow_run_id: str | None, epoch: int) -> None:
        """Record that the copy with this id shows `run`, in the state in which it was read, up to `epoch`. Nothing
        happens if this is no longer its copy: see `NOT_COPIED`."""
        values = {"mirrored_version": run.version, "mirrored_attempt": run.attempt, "mirrored_epoch": epoch}
        same = runs.c.id == run.id, runs.c.mlflow_run_id.is_not_distinct_from(mlflow_run_id)
        with self.database.write() as db:
            db.execute(update(runs).where(*same).values(values))

    def unsent_checkpoints(self) -> list[Run]:
        """Runs whose newest checkpoint may be missing in MLflow. One within an epoch has no number of its own, so those
        of runs that go on are always among them."""
        goes_on = runs.c.status.in_([Status.QUEUED, Status.RUNNING, Status.PAUSED])
        query = run_query().where(
            or_(
                runs.c.checkpoint_epoch > runs.c.mirrored_checkpoint,
                and_(goes_on, runs.c.checkpoint_epoch == runs.c.mirrored_checkpoint),
            ),
            runs.c.mirrored_attempt == runs.c.attempt,
            runs.c.mlflow_run_id.is_not(None),
        )
        with self.database.read() as db:
            return [to_run(row._mapping) for row in db.execute(query)]

    def mark_checkpoint(self, run: Run) -> None:
        """Record that MLflow has the checkpoint of `run`, in the state in which it was read."""
        same = runs.c.id == run.id, runs.c.attempt == run.attempt, runs.c.mlflow_run_id == run.mlflow_run_id
        with self.database.write() as db:
            mine = update(runs).where(*same, runs.c.checkpoint_epoch >= run.checkpoint_epoch)
            db.execute(mine.values(mirrored_checkpoint=run.checkpoint_epoch))

    def mlflow_ids(self, experiment: str) -> tuple[str | None, dict[int, str | None]]:
        """MLflow's id of the experiment, and cell id -> MLflow's id of the cell's parent run. None for what is not in
        MLflow yet. There are no cells if the experiment was deleted."""
        with self.database.read() as db:
            found = db.execute(select(experiments).where(experiments.c.name == experiment)).one_or_none()
            if found is None:
                return None, {}
            rows = db.execute(select(cells.c.id, cells.c.mlflow_run_id).where(cells.c.experiment_id == found.id))
            return found.mlflow_experiment_id, {row.id: row.mlflow_run_id for row in rows}

    def set_mlflow_experiment(self, experiment: str, mlflow_experiment_id: str) -> None:
        """Record the id of the experiment in MLflow. If it was deleted meanwhile, its copy there is to be deleted
        too."""
        values = {"mlflow_experiment_id": mlflow_experiment_id}
        gone = deleted_experiments.c.name == experiment, deleted_experiments.c.mlflow_experiment_id.is_(None)
        with self.database.write() as db:
            known = db.execute(update(experiments).where(experiments.c.name == experiment).values(values))
            if not known.rowcount:
                db.execute(update(deleted_experiments).where(*gone).values(values))

    def set_mlflow_parent(self, cell_id: int, mlflow_run_id: str) -> None:
        with self.database.write() as db:
            db.execute(update(cells).where(cells.c.id == cell_id).values(mlflow_run_id=mlflow_run_id))
