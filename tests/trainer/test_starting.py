"""A service that cannot start with its settings says which of them are wrong."""

import os
import subprocess
import sys

import pytest


@pytest.mark.stack
@pytest.mark.parametrize(
    ("module", "says"), [("trainer", "the worker does not start"), ("api", "the API does not start")]
)
def test_a_service_with_wrong_settings_ends_with_a_line_for_each_and_no_traceback(module: str, says: str) -> None:
    wrong = {"EVENKEEL_SLOTS": "many", "EVENKEEL_PORT": "99999"}
    ended = subprocess.run(
        [sys.executable, "-m", module], env=os.environ | wrong, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 1
    first, slots, port = ended.stderr.strip().splitlines()
    assert first == f"{says}:"
    assert slots.startswith("EVENKEEL_SLOTS is 'many': Input should be a valid integer")
    assert slots.endswith("or Input should be 'auto'")
    assert port == "EVENKEEL_PORT is '99999': Input should be less than or equal to 65535"
