"""Runs scripts/demo as a new user does, and on its lab every command and every Python line that the pages show.

tests/test_docs.py names the few blocks that cannot run here, and why.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documented import PAGES, ROOT, Block, blocks
from services import RunningStack

pytestmark = pytest.mark.slow  # starts labs
RUN = [page for page in PAGES if any(block.reason is None for block in blocks(page))]

# scripts/install says this last. tests/scripts/test_install.py has the installation itself.
INSTALL = '#!/bin/sh\necho "Installed: $PWD/.venv/bin/evenkeel"\n'
MOST_LINES = 80
INSTALL_LINES = 3

# curl as the pages use it, but it fails on an error status, and if an answer is called JSON and is not.
STRICT_CURL = """#!{python} -SE
import json, subprocess, sys
more = ["--fail-with-body", "--silent", "--show-error", "--write-out", "\\n%{{content_type}}"]
done = subprocess.run(["{curl}", *more, *sys.argv[1:]], stdout=subprocess.PIPE)
body, _, kind = done.stdout.rpartition(b"\\n")
sys.stdout.buffer.write(body)
if b"json" in kind and body:
    json.loads(body)
sys.exit(done.returncode)
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and an installation."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "scripts" / "install").write_text(INSTALL)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "evenkeel").symlink_to(Path(sys.executable).parent / "evenkeel")
    return folder


@pytest.fixture(scope="module")
def printed(clone: Path) -> "subprocess.CompletedProcess[str]":
    """What scripts/demo prints. It trains the demo, and leaves its data."""
    return subprocess.run([clone / "scripts" / "demo"], capture_output=True, text=True, start_new_session=True)


@pytest.fixture(scope="module")
def demo(clone: Path, printed: "subprocess.CompletedProcess[str]") -> Iterator[RunningStack]:
    """A lab in which the demo is trained, as most pages assume: the one of scripts/demo, started again."""
    assert printed.returncode == 0, printed.stdout + printed.stderr
    running = RunningStack(clone / "demo" / "data")
    yield running
    running.stop()


@pytest.mark.timeout(900)
def test_the_demo_prints_a_page_and_writes_a_report(clone: Path, printed: "subprocess.CompletedProcess[str]") -> None:
    said = printed.stdout + printed.stderr
    assert printed.returncode == 0, said
    assert len(said.splitlines()) + INSTALL_LINES - 1 < MOST_LINES
    assert "Ctrl-C" not in said, "no terminal is there to press it in"
    assert len(re.findall(r"^(?:yolo|resnet)-\S+ +3/3 ", said, re.MULTILINE)) == 8
    assert (clone / "demo" / "report.html").read_text().count("<svg") >= 2
    assert not (clone / "demo" / "up.pid").exists()


@pytest.mark.timeout(900)
def test_the_demos_data_are_browsed_by_starting_a_lab_on_them(
    demo: RunningStack, printed: "subprocess.CompletedProcess[str]"
) -> None:
    assert "To browse them, run: .venv/bin/evenkeel up --data demo/data" in printed.stdout
    assert demo.client.experiment("demo")["num_runs"]["status"]["finished"] == 24


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that comes first in PATH."""
    folder = tmp_path_factory.mktemp("tools")
    curl = shutil.which("curl")
    assert curl is not None, "curl is not installed (Debian: apt install curl)"
    (folder / "curl").write_text(STRICT_CURL.format(python=sys.executable, curl=curl))
    (folder / "curl").chmod(0o755)
    return folder


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_runs(page: Path, demo: RunningStack, tools: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "EVENKEEL_URL": demo.url, "COLUMNS": "80"}
    for block in blocks(page):
        if block.reason is None:
            done = subprocess.run(
                command(block, demo), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
            )
            assert done.returncode == 0, f"{page.name}:{block.line}\n{done.stdout}\n{done.stderr}"


def command(block: Block, lab: RunningStack) -> list[str]:
    """The command that runs a block. It replaces the addresses and the folder in the block by those of the lab."""
    text = block.text.replace("$(cat evenkeel-data/", f"$(cat {lab.data}/")
    for address, real in (("localhost:8000", lab.url), ("localhost:5000", lab.mlflow_url)):
        text = text.replace(address, real.removeprefix("http://"))
    return [sys.executable, "-c", text] if block.language == "python" else ["bash", "-euxo", "pipefail", "-c", text]


def test_a_line_that_fails_fails_the_page(demo: RunningStack, tools: Path) -> None:
    def code(language: str, text: str) -> int:
        environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        block = Block(PAGES[0], 1, language, text, None)
        return subprocess.run(command(block, demo), env=environment, capture_output=True).returncode

    assert code("sh", "curl localhost:8000/experiments/demo\n") == 0
    assert code("sh", "curl localhost:8000/experiments/nothing\ntrue\n") != 0
    assert code("sh", "curl localhost:8000/summary?arch=nothing | cat\ntrue\n") != 0
    assert code("python", "raise SystemExit(1)\n") != 0
