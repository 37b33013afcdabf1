"""A new package has what it needs, and nothing that cannot work."""

import tomllib
from pathlib import Path

import pytest
from pages import shown_files

from evenkeel.packages.new import CannotWrite, new_package


def written(tmp_path: Path, name: str = "my-lab", **kinds: bool) -> dict[str, str]:
    paths = new_package(name, tmp_path, **kinds)
    return {path.relative_to(tmp_path / name).as_posix(): path.read_text() for path in paths}


def entry_points(files: dict[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"]
    return found


def test_it_brings_a_task_and_a_network_with_entry_points_and_a_test(tmp_path: Path) -> None:
    files = written(tmp_path)
    assert list(files) == ["pyproject.toml", "tests/test_my_lab.py", "my_lab/mixer.py", "my_lab/char_lm.py"]
    assert entry_points(files) == {
        "evenkeel.archs": {"mixer": "my_lab.mixer:build"},
        "evenkeel.tasks": {"char_lm": "my_lab.char_lm:CharLM"},
    }
    assert tomllib.loads(files["pyproject.toml"])["project"]["name"] == "my-lab"
    assert '"my-lab"' in files["tests/test_my_lab.py"]
    assert [path for path, text in files.items() if "lab_nets" in text or "lab-nets" in text] == []


def test_the_page_shows_what_it_writes(tmp_path: Path) -> None:
    files = written(tmp_path, "lab-nets")
    del files["tests/test_lab_nets.py"]
    assert shown_files("docs/extending.md") == files


def test_it_may_bring_only_one_of_them(tmp_path: Path) -> None:
    assert list(entry_points(written(tmp_path, "one", arch=False))) == ["evenkeel.tasks"]
    assert list(entry_points(written(tmp_path, "two", task=False))) == ["evenkeel.archs"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("My Nets", "allowed: small letters, digits and '-'"),
        ("../nets", "allowed: small letters, digits and '-'"),
        ("class", "allowed: small letters"),
        ("models", "Python would import another 'models' in its place"),
        ("json", "Python would import another 'json' in its place"),
        ("there", "exists already"),
    ],
)
def test_a_name_that_no_package_can_have_is_refused(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(CannotWrite, match=says):
        new_package(name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
