"""How a process of the server starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_serving_process_does_not_collect_what_it_imported_while_it_answers(tmp_path: Path) -> None:
    code = (
        "from api.__main__ import make_app\n"
        "import gc\n"
        "app = make_app()\n"
        "assert gc.get_freeze_count() > 20 * len(gc.get_objects()), (gc.get_freeze_count(), len(gc.get_objects()))\n"
        "app.state.resources.lab.store.close()\n"
    )
    environment = os.environ | {"EVENKEEL_DATABASE_URL": f"sqlite:///{tmp_path}/lab.db"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@pytest.mark.slow
def test_a_serving_process_loads_the_slow_parts_of_scipy_only_when_they_are_needed() -> None:
    code = "import sys, api.app; print([name for name in ('scipy.stats', 'scipy.optimize') if name in sys.modules])"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout == "[]\n"
