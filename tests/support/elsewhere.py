"""Runs that were trained elsewhere: as batches on their way into the lab, and as a script that logs them to MLflow."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

from evenkeel.importing.arrival import Arrival

LEVELS = (0.001, 0.003, 0.01, 0.03, 0.1)
SEEDS, EPOCHS = 20, 8
DIVERGED = {(0.1, 3), (0.1, 11)}
KILLED = (0.03, 7)
WITHOUT_PARAM = {(0.001, 0), (0.001, 1), (0.003, 0)}


def a_run(
    run_id: str, seed: int | None, params: Mapping[str, Any], curve: Sequence[float], **more: Any
) -> dict[str, Any]:
    """A run as a batch has it. It took a second an epoch, and started at 1,000 ms."""
    return {
        "id": run_id,
        "state": "finished",
        "seed": seed,
        "params": dict(params),
        "started_ms": 1000,
        "ended_ms": 1000 + 1000 * len(curve),
        "curves": {"val/acc": list(curve)} if curve else {},
        **more,
    }


def a_batch(*runs: dict[str, Any], into: str = "elsewhere", **more: Any) -> Arrival:
    """A batch of these runs, whose params are all that their source has."""
    names = dict.fromkeys(name for run in runs for name in run["params"])
    batch = {
        "into": into,
        "source": "http://mlflow:5000/#/experiments/3",
        "choices": {"metrics": [{"name": "val/acc", "better": "higher"}]},
        "params": {name: list(dict.fromkeys(run["params"].get(name) for run in runs)) for name in names},
        "num_runs": len(runs),
        "runs": list(runs),
    }
    return Arrival.model_validate(batch | more)


def log_hundred_runs(client: MlflowClient, experiment: str) -> None:
    """Five learning rates with twenty seeds, logged as a training script does.

    The final accuracy falls by 0.1 with each learning rate, and differs by 0.01 between seeds. Two runs end in NaN, one
    is killed, and three have no param `optimizer`. `host` differs in every run.
    """
    # Otherwise MLflow's client prints the address of every run.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    experiment_id = client.create_experiment(experiment)
    random = np.random.default_rng(0)
    for place, lr in enumerate(LEVELS):
        for seed in range(SEEDS):
            run_id = client.create_run(experiment_id, start_time=1_000_000 + seed).info.run_id
            params = {"lr": lr, "seed": seed, "batch_size": 64, "host": f"node-{place}-{seed}", "optimizer": "adam"}
            if (lr, seed) in WITHOUT_PARAM:
                del params["optimizer"]
            values = (0.9 - 0.1 * place + random.normal(0, 0.01)) * (1 - 0.5 ** np.arange(1, EPOCHS + 1))
            loss = 1 - values
            if (lr, seed) in DIVERGED:
                values[4:], loss[4:] = 0.1, np.nan
            epochs = EPOCHS // 2 if (lr, seed) == KILLED else EPOCHS
            metrics = [
                Metric(name, float(curve[step]), 1_000_000 + 1000 * (step + 1), step)
                for name, curve in (("val/acc", values), ("train_loss", loss))
                for step in range(epochs)
            ]
            client.log_batch(run_id, metrics, [Param(name, str(value)) for name, value in params.items()])
            client.set_terminated(run_id, "KILLED" if (lr, seed) == KILLED else "FINISHED", 1_010_000)
