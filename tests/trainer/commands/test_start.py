"""A run is trained by the command that its experiment began with, or not at all."""

from pathlib import Path

import pytest
from commands import losses, results, write_command, write_file

from evenkeel.grids.announced import task_of
from evenkeel.plugins import Package
from evenkeel.settings import Settings
from trainer.commands import start
from trainer.commands.start import NoSuchCommand, start_command
from trainer.orders import SlotOptions

OPTIONS = SlotOptions("cpu", 2, 600.0, "", diagnose=True, loader_workers=0)


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "commands.toml"
    monkeypatch.setattr(start, "get_settings", lambda: Settings(commands_file=path))
    return path


@pytest.mark.slow
def test_a_run_gets_every_level_of_its_cell(tmp_path: Path) -> None:
    code = """
    levels = json.loads(os.environ["EVENKEEL_LEVELS"])
    say(epoch=1, loss=levels["lr"]); say(epoch=2, loss=levels["epochs"])
    """
    announced = write_command(tmp_path, code).announced
    parameters = task_of(announced).parameters.model_validate({"epochs": 2})
    training = start_command(announced.package, "toy", parameters, 7, OPTIONS)
    assert losses(results(training)) == [0.1, 2]


def test_a_command_that_changed_or_is_gone_trains_no_run_of_the_version_before(tmp_path: Path) -> None:
    announced = write_command(tmp_path, "").announced
    parameters = task_of(announced).parameters()
    before = Package("command-toy", "01234567")
    with pytest.raises(
        NoSuchCommand, match=f"needs command-toy==01234567, .* has the version {announced.package.version}"
    ):
        start_command(before, "toy", parameters, 7, OPTIONS)
    write_file(tmp_path, "[commands.toy]\nrun = []")
    with pytest.raises(NoSuchCommand, match=r"does not have toy now\. .*run: List should have at least 1 item"):
        start_command(announced.package, "toy", parameters, 7, OPTIONS)
