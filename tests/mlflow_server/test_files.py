"""MLflow opens no file outside of its folder of artifacts, and follows no link in it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from mlflow_server.files import FilesWithoutLinks


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of artifacts that itself is a link, with a link in it that leads to a secret."""
    for folder in ("disk/1/run/artifacts", "disk/1/run/plain", "secret"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "secret" / "id_rsa").write_text("key")
    (tmp_path / "disk" / "1" / "run" / "artifacts" / "own.txt").write_text("own")
    (tmp_path / "disk" / "1" / "run" / "artifacts" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "disk" / "1" / "run" / "artifacts" / "id_rsa").symlink_to(tmp_path / "secret" / "id_rsa")
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    return tmp_path / "home"


def test_what_lies_in_the_folder_is_listed_read_written_and_removed(home: Path, tmp_path: Path) -> None:
    files = FilesWithoutLinks(str(home), str(home))
    folder = "1/run/artifacts"
    assert [info.path for info in files.list_artifacts(folder)] == [f"{folder}/own.txt"]
    assert Path(files.get_local_path(f"{folder}/own.txt")).read_text() == "own"
    files.log_artifact_from_stream(io.BytesIO(b"new"), "new.txt", f"{folder}/sub")
    assert (home / folder / "sub" / "new.txt").read_text() == "new"
    files.delete_artifacts(f"{folder}/sub")
    assert not (home / folder / "sub").exists()
    assert Path(files.download_artifacts("1/run/artifacts/own.txt", str(tmp_path))).read_text() == "own"


ACTIONS: dict[str, Callable[[FilesWithoutLinks, str], Any]] = {
    "read": lambda files, path: files.get_local_path(path),
    "list": lambda files, path: files.list_artifacts(path),
    "write": lambda files, path: files.log_artifact_from_stream(io.BytesIO(b"mine"), "authorized_keys", path),
    "write a file": lambda files, path: files.log_artifact(__file__, path),
    "write a folder": lambda files, path: files.log_artifacts(str(Path(__file__).parent), path),
    "download": lambda files, path: files.download_artifacts(path, "/tmp"),
    "delete": lambda files, path: files.delete_artifacts(path),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("path", ["link", "link/id_rsa", "id_rsa", "../../../../secret", "plain/../link"])
def test_no_path_leads_through_a_link_or_out_of_the_folder(home: Path, action: str, path: str) -> None:
    files = FilesWithoutLinks(str(home), f"{home}/1/run/artifacts")
    with pytest.raises(MlflowException):
        ACTIONS[action](files, path)
    secret = home.parent / "secret"
    assert [file.name for file in secret.iterdir()] == ["id_rsa"]
    assert (secret / "id_rsa").read_text() == "key"


def test_a_run_whose_own_folder_is_a_link_is_refused(home: Path) -> None:
    files = FilesWithoutLinks(str(home), f"{home}/1/run/artifacts/link")
    for call in (files.list_artifacts, files.download_trace_data, lambda: files.get_local_path("id_rsa")):
        with pytest.raises(MlflowException, match="leads through a link"):
            call()
