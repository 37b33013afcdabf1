"""scripts/demo, as a new user runs it. Only the installation is left out: test_install.py has that."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = '#!/bin/sh\necho "Installed: $PWD/.venv/bin/evenkeel"\n'
MOST_LINES = 80
INSTALL_LINES = 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_prints_a_page_and_writes_a_report(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "scripts" / "install").write_text(INSTALL)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "evenkeel").symlink_to(Path(sys.executable).parent / "evenkeel")
    done = subprocess.run([tmp_path / "scripts" / "demo"], capture_output=True, text=True, start_new_session=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert len(said.splitlines()) + INSTALL_LINES - 1 < MOST_LINES
    assert "Ctrl-C" not in said, "no terminal is there to press it in"
    assert len(re.findall(r"^(?:yolo|resnet)-\S+ +3/3 ", said, re.MULTILINE)) == 8
    assert (tmp_path / "demo" / "report.html").read_text().count("<svg") >= 2
    assert not (tmp_path / "demo" / "up.pid").exists()
