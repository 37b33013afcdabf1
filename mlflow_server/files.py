"""Artifacts in a folder of this machine, without following a link."""

import os
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

from mlflow_server.locations import is_beneath_folder


class FilesWithoutLinks(LocalArtifactRepository):
    """MLflow's own artifacts in a folder, but a path that leads out of `destination` or through a link is refused."""

    def __init__(self, destination: str, artifact_uri: str, **more: Any) -> None:
        super().__init__(artifact_uri, **more)
        self._destination = local_file_uri_to_path(destination)

    def _check(self, *parts: str | None) -> None:
        path = os.path.join(self.artifact_dir, *(part for part in parts if part))
        if "\0" in path or not is_beneath_folder(path, self._destination):
            raise MlflowException.invalid_parameter_value(
                f"the artifact {'/'.join(part for part in parts if part)!r} cannot be opened: its path leads through "
                "a link, or out of the folder of artifacts"
            )

    def get_local_path(self, artifact_path: str) -> str:
        self._check(artifact_path)
        return str(super().get_local_path(artifact_path))

    def _get_destination_artifact_path(
        self, artifact_file_name: str, artifact_path: str | None = None
    ) -> tuple[str, str]:
        self._check(artifact_path, os.path.basename(artifact_file_name))
        return super()._get_destination_artifact_path(artifact_file_name, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        self._check(artifact_path)
        super().log_artifacts(local_dir, artifact_path)

    def list_artifacts(self, path: str | None = None) -> list[Any]:
        self._check(path)
        found = super().list_artifacts(path)
        return [info for info in found if not os.path.islink(os.path.join(self.artifact_dir, info.path))]

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        self._check(remote_file_path)
        super()._download_file(remote_file_path, local_path)

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        self._check(artifact_path)
        super().delete_artifacts(artifact_path)

    def download_trace_data(self) -> dict[str, Any]:
        self._check()
        return dict(super().download_trace_data())
