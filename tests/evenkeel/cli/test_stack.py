"""`evenkeel up`: what it says, and when."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app, stack
from evenkeel.stack.services import Addresses

ASKS = "from evenkeel.stack.processes import ctrl_c_reaches_us as asks; print(asks(), flush=True)"


def test_its_first_line_comes_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from evenkeel.cli import app, stack
say = stack._say
def say_and_stop(line):
    say(line)
    assert not {"sqlalchemy", "alembic", "pydantic_settings"} & set(sys.modules)
    sys.exit(0)
stack._say = say_and_stop
app(["up", "--data", sys.argv[1]])
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"starting Redis, MLflow, the API and one worker; everything is kept in {tmp_path}/data\n"


@pytest.mark.parametrize("data", ["file", "file/below", "/proc/x"])
def test_data_that_cannot_be_a_folder_is_refused_in_one_line(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    Path("file").touch()
    result = CliRunner().invoke(app, ["up", "--data", data])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"--data {data}: cannot be made a folder: ")
    assert result.stderr.count("\n") == 1


def test_ctrl_c_is_offered_in_the_foreground_of_a_terminal_alone() -> None:
    away = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, start_new_session=True)
    assert away.stdout == "False\n"
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", ASKS])
    assert os.read(terminal, 100).strip() == b"True"
    os.waitpid(child, 0)
    os.close(terminal)


@pytest.mark.parametrize(
    ("reaches", "last"), [(True, "Ctrl-C stops everything."), (False, "To stop everything: kill {pid}")]
)
def test_its_last_line_offers_ctrl_c_only_where_it_works(
    reaches: bool, last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("evenkeel.stack.processes.ctrl_c_reaches_us", lambda: reaches)
    stack._say_addresses(Addresses(8000, 5000, 6400, tmp_path), with_password=False)
    assert capsys.readouterr().out.splitlines()[-1] == last.format(pid=os.getpid())


def test_mlflows_password_is_shown_when_it_is_new_and_later_where_it_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mlflow-password"
    path.write_text("a-new-one\n")
    at = Addresses(8000, 5000, 6400, tmp_path)
    for with_password, says in ((True, f"password a-new-one, kept in {path}"), (False, f"password in {path}")):
        stack._say_addresses(at, with_password)
        lines = capsys.readouterr().out.splitlines()
        assert lines[3:5] == ["  MLflow  http://127.0.0.1:5000  (it starts now)", f"          (name evenkeel, {says})"]


def test_the_address_of_the_page_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack._say_addresses(Addresses(8123, 5000, 6400, tmp_path), with_password=False)
    assert capsys.readouterr().out.splitlines()[:3] == [
        "ready",
        "  Page    http://127.0.0.1:8123/ui/",
        "  API     http://127.0.0.1:8123  (documentation: http://127.0.0.1:8123/docs)",
    ]
