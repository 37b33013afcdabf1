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
