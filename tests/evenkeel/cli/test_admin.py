"""Commands that open the store: if a setting is wrong, they name it."""

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client
from evenkeel.settings import get_settings

RUNNER = CliRunner()


@pytest.mark.parametrize("command", ["migrate", "keys list", "compact"])
def test_a_setting_that_is_wrong_is_named_in_one_line(command: str) -> None:
    get_settings.cache_clear()
    try:
        result = RUNNER.invoke(app, command.split(), env={"EVENKEEL_SLOTS": "many"})
    finally:
        get_settings.cache_clear()
    assert result.exit_code == 1
    assert result.output.startswith("EVENKEEL_SLOTS is 'many': Input should be a valid integer")
    assert result.output.endswith("or Input should be 'auto'\n")


def test_workers_are_listed_with_their_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = {"name": "w", "device": "cpu", "slots": 1, "epochs": 7, "seen_seconds_ago": 1.0, "problem": None}
    disks = [{"disk_used_bytes": 712_000_000, "disk_free_bytes": 41_200_000_000}, {"disk_free_bytes": None}]
    monkeypatch.setattr(Client, "workers", lambda self: [worker | {"warning": None} | disk for disk in disks])
    shown = RUNNER.invoke(app, ["workers"]).output
    assert "0.7 GB, 41.2 free" in shown
    assert "- GB, - free" in shown


def test_the_plug_ins_of_each_worker_are_listed_and_those_that_cannot_be_used_with_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = {"name": "w", "device": "cpu", "slots": 1, "epochs": 7, "seen_seconds_ago": 1.0, "problem": None}
    broken = {"group": "evenkeel.archs", "name": "mixer", "package": "lab-nets==0.1.0", "why": "it hangs"}
    has = {"warning": None, "disk_free_bytes": None, "plugins": ["a==1", "b==2"], "broken": [broken]}
    monkeypatch.setattr(Client, "workers", lambda self: [worker | has])
    shown = RUNNER.invoke(app, ["workers"]).output
    assert "w has a==1, b==2\n" in shown
    assert "w cannot use the plug-in 'mixer' of lab-nets==0.1.0: it hangs\n" in shown
