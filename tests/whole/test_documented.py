"""Runs every command and every Python line that the pages show, in order, on a running lab.

tests/test_docs.py names the few blocks that cannot run here, and why.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documented import PAGES, Block, blocks
from services import RunningStack

RUN = [page for page in PAGES if any(block.reason is None for block in blocks(page))]
PRESET = Path(__file__).parents[2] / "models" / "paper" / "presets" / "demo.json"

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
def demo(stack: RunningStack) -> RunningStack:
    """A lab in which the demo is trained, as most pages assume."""
    stack.client.submit(json.loads(PRESET.read_text()))
    stack.finish("demo", 600)
    return stack


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


def command(block: Block, stack: RunningStack) -> list[str]:
    """The command that runs a block. It replaces the addresses and the folder in the block by those of the lab."""
    text = block.text.replace("$(cat evenkeel-data/", f"$(cat {stack.data}/")
    for address, real in (("localhost:8000", stack.url), ("localhost:5000", stack.mlflow_url)):
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
