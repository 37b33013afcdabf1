"""What a supervisor leaves alone."""

import threading
from pathlib import Path

from lab.cell import Cell
from lab.settings import Settings
from lab.sharing import Device
from lab.status import Status
from lab.store import Store
from trainer.slot import Slot
from trainer.supervisor import Supervisor


class WarmSlot(Slot):
    """Ready without a child: nothing here may get as far as sending it an order."""

    def start(self) -> None:
        pass


def test_a_run_whose_dataset_is_not_on_this_machine_stays_queued_for_a_worker_that_has_it(
    store: Store, tmp_path: Path
) -> None:
    cell = Cell.model_validate({"arch": "yolo", "norm": "none", "init": "he", "dataset": "food101", "image_size": 128})
    [run_id] = store.ensure_runs("food", [cell], [0]).created
    settings = Settings(datasets_dir=tmp_path)
    slot = WarmSlot(settings, "cpu")
    assert not Supervisor(store, settings, "version", threading.Event()).supervise(slot, Device.CPU)
    run = store.run(run_id)
    assert run is not None
    assert (run.status, run.attempt) == (Status.QUEUED, 0)
