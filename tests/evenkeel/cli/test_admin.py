"""Commands that open the store: if a setting is wrong, they name it."""

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.settings import get_settings

RUNNER = CliRunner()


@pytest.mark.parametrize("command", ["migrate", "keys list"])
def test_a_setting_that_is_wrong_is_named_in_one_line(command: str) -> None:
    get_settings.cache_clear()
    try:
        result = RUNNER.invoke(app, command.split(), env={"EVENKEEL_SLOTS": "many"})
    finally:
        get_settings.cache_clear()
    assert result.exit_code == 1
    assert result.output.startswith("EVENKEEL_SLOTS: Input should be a valid integer")
    assert result.output.endswith("not 'many'\n")
