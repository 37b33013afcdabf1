"""The datasets that runs learn from, as MLflow's column "Dataset" and its groups show them."""

import json

from cachetools import LRUCache
from mlflow.entities import Dataset, DatasetInput, InputTag

from evenkeel.records.rows import Run
from trainer.tracking.calls import Steps, log_input

REMEMBERED = 10_000
# MLflow keeps no more of a digest.
DIGEST_LENGTH = 36


def dataset_of(run: Run) -> Dataset | None:
    """The dataset of a run as MLflow has it; None if the run learns from none, or none is known yet.

    Its digest is the lab's own hash of its content. Its source says how the lab names it.
    """
    if not run.dataset_hash:
        return None
    cell = run.cell
    needs = cell.task.needs(cell.parameters)
    name = needs.dataset if needs else str(cell.levels.get("dataset", run.task))
    source = {"task": run.task, "dataset": name} | ({"image_size": needs.image_size} if needs else {})
    return Dataset(name, run.dataset_hash[:DIGEST_LENGTH], "evenkeel", json.dumps(source))


class Inputs:
    """Logs the dataset of each run once. To log it again would change nothing, but takes a call."""

    def __init__(self) -> None:
        self._logged: LRUCache[tuple[str, str], None] = LRUCache(REMEMBERED)

    def log(self, mlflow_run_id: str, dataset: Dataset | None) -> Steps[None]:
        if dataset is None or (mlflow_run_id, dataset.digest) in self._logged:
            return
        context = [InputTag("mlflow.data.context", "training")]
        yield [log_input(mlflow_run_id, DatasetInput(dataset, context))]
        self._logged[mlflow_run_id, dataset.digest] = None
