"""Data of an earlier schema is still there after a migration, on SQLite and on Postgres."""

from sqlalchemy import text

from lab.store import Store

RUN = {"train_accuracy": 0.9, "val_accuracy": 0.8, "train_loss": 0.1, "val_loss": 0.2, "epoch_seconds": 1.5}


def test_runs_that_finished_before_curves_were_packed_have_theirs(database_url: str) -> None:
    store = Store(database_url)
    store.migrate("0002")
    with store.engine.begin() as db:
        db.execute(text("INSERT INTO experiments (id, name, created_ms) VALUES (1, 'old', 0)"))
        levels = '{"arch": "yolo", "norm": "none", "init": "he", "epochs": 2}'
        db.execute(
            text("INSERT INTO cells (id, experiment_id, hash, levels) VALUES (1, 1, 'abc', :levels)"),
            {"levels": levels},
        )
        for run_id, status in (("done", "finished"), ("going", "running")):
            db.execute(
                text(
                    "INSERT INTO runs (id, cell_id, seed, status, outcome, attempt, num_epochs, created_ms) "
                    "VALUES (:id, 1, :seed, :status, 'converged', 2, 2, 0)"
                ),
                {"id": run_id, "seed": len(run_id), "status": status},
            )
            for attempt in (1, 2):
                for epoch in (1, 2):
                    values = RUN | {"train_loss": attempt + epoch / 10}
                    columns = ", ".join(values)
                    db.execute(
                        text(
                            f"INSERT INTO epochs (run_id, attempt, epoch, logged_ms, {columns}) "  # noqa: S608
                            f"VALUES (:id, :attempt, :epoch, 0, {', '.join(f':{name}' for name in values)})"
                        ),
                        {"id": run_id, "attempt": attempt, "epoch": epoch} | values,
                    )
    store.migrate()
    runs = {run.id: run for run in store.seed_runs([1])}
    assert runs["done"].curves["train_loss"].tolist() == runs["going"].curves["train_loss"].tolist() == [2.1, 2.2]
    with store.engine.begin() as db:
        assert db.scalars(text("SELECT run_id FROM curves")).all() == ["done"]
    store.close()
