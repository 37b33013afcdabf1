"""scripts/install prints few lines and every error of uv in full, and leaves no process running."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from services import wait_for

ROOT = Path(__file__).parents[2]
# A stand-in for uv: it prints what uv would print, sleeps if a test says so, and installs nothing.
UV = f"""#!/bin/sh
case "$*" in
    venv*) exec {sys.executable} -m venv --without-pip .venv ;;
    *--quiet*) ;;
    *) for n in $(seq 191); do echo " + package-$n==1.0" >&2; done ;;
esac
[ -z "${{UV_SLEEPS:-}}" ] || sleep 60
[ -z "${{UV_FAILS:-}}" ] || {{ printf 'error: hash mismatch\\nhint: ask again\\n' >&2; exit 3; }}
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("scripts/install", "requirements.lock", "pyproject.toml"):
        (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "clone" / name)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV)
    uv.chmod(0o755)
    return tmp_path / "clone"


def start(clone: Path, **settings: str) -> subprocess.Popen[str]:
    path = f"{clone.parent / 'bin'}:{os.environ['PATH']}"
    return subprocess.Popen(
        [clone / "scripts" / "install"],
        env=os.environ | {"PATH": path, "PYTHON": sys.executable} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def running(group: int) -> list[str]:
    table = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    return [args for pgid, state, args in rows if int(pgid) == group and state[0] != "Z" and args != "sleep 30"]


def test_a_first_install_says_what_it_does_in_three_lines_and_a_second_one_in_one(clone: Path) -> None:
    installing = start(clone)
    said, reported = installing.communicate(timeout=60)
    assert installing.returncode == 0, reported
    assert said == f"Installed: {clone}/.venv/bin/evenkeel\n"
    assert len(reported.splitlines()) == 2
    assert max(map(len, reported.splitlines())) <= 80
    assert running(installing.pid) == []
    again = start(clone)
    assert again.communicate(timeout=60) == (said, "")


def test_an_error_of_uv_is_shown_in_full_and_ends_the_install(clone: Path) -> None:
    installing = start(clone, UV_FAILS="1")
    said, reported = installing.communicate(timeout=60)
    assert installing.returncode == 3
    assert said == ""
    assert reported.endswith("error: hash mismatch\nhint: ask again\n")
    wait_for(lambda: running(installing.pid) == [], 10, "all ended")


def test_ctrl_c_leaves_nothing_running(clone: Path) -> None:
    installing = start(clone, UV_SLEEPS="1")
    wait_for(lambda: any("sleep 60" in args for args in running(installing.pid)), 60, "uv at work")
    os.killpg(installing.pid, signal.SIGINT)
    installing.communicate(timeout=30)
    assert installing.returncode == 130
    wait_for(lambda: running(installing.pid) == [], 10, "all ended")
