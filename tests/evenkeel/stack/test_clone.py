"""The service is found beside the library, or the error says that it is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evenkeel.stack.clone import find_clone, with_clone
from evenkeel.stack.errors import StackError


def test_the_clone_holds_api_and_trainer() -> None:
    root = find_clone("api", "trainer")
    assert (root / "evenkeel" / "stack" / "clone.py").samefile(sys.modules[find_clone.__module__].__file__ or "")


def test_a_library_alone_says_where_the_service_runs_from(tmp_path: Path) -> None:
    with pytest.raises(
        StackError, match="runs from a clone of Evenkeel or its images: there is no api/ and no trainer/"
    ):
        find_clone("api", "trainer", root=tmp_path)
    # An image contains only one of the two.
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "__main__.py").touch()
    assert find_clone("trainer", root=tmp_path) == tmp_path
    with pytest.raises(StackError, match="there is no api/ beside this library"):
        find_clone("api", "trainer", root=tmp_path)


def test_the_clone_comes_before_what_is_on_the_path_already(tmp_path: Path) -> None:
    assert with_clone(tmp_path, {}) == {"PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    given = with_clone(tmp_path, {"PYTHONPATH": "/else", "HOME": "/"})
    assert given == {"PYTHONPATH": f"{tmp_path}{os.pathsep}/else", "PYTHONSAFEPATH": "1", "HOME": "/"}


def test_a_folder_that_holds_an_api_too_is_not_taken_for_the_labs(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit('somebody else's')")
    environment = with_clone(find_clone("api"), dict(os.environ))
    code = [sys.executable, "-m", "api.healthcheck"]
    done = subprocess.run(code, cwd=tmp_path, env=environment | {"EVENKEEL_PORT": "1"}, capture_output=True, text=True)
    assert "somebody else's" not in done.stdout + done.stderr
    assert "refused" in done.stdout


def test_the_api_and_the_trainer_are_found_from_any_folder(tmp_path: Path) -> None:
    code = "import importlib.util as u; print(all(u.find_spec(room) for room in ('api', 'trainer', 'models')))"
    # -S ignores the .pth file that scripts/install writes.
    environment = with_clone(find_clone("api"), {"PATH": os.environ["PATH"]})
    command = [sys.executable, "-S", "-c", code]
    assert subprocess.check_output(command, cwd=tmp_path, env=environment, text=True) == "True\n"
