"""Keeps what MLflow's server reads and writes beneath its destination, whatever location a caller names.

MLflow's server opens the location that the row of an experiment, a model or a trace names, and follows links beneath
it. So a caller could read and write every file of the server's user. Here every location is checked where it is opened,
and that of an experiment or a model also where it is chosen.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

from mlflow.entities import ExperimentTag
from mlflow.exceptions import MlflowException
from mlflow.server import handlers
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_registered_artifact_repositories
from mlflow.store.db.db_types import DATABASE_ENGINES
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from mlflow_server.files import FilesWithoutLinks
from mlflow_server.locations import LOCAL, SERVED, is_beneath, is_served

# Locations that stand for others. What they stand for is opened through the same registry.
NAMES = ("models", "runs", SERVED)
# The sources that a version of a model or of a prompt may have, in a setting of MLflow.
SOURCES = r"^(models|runs|mlflow-artifacts):/(?!/)|^(prompt-template|dummy-source)$"

Make = Callable[..., ArtifactRepository]


def keep_beneath(destination: str) -> None:
    """From now on MLflow opens no artifact outside of the destination in this process.

    Call it before MLflow's stores are made.

    Args:
        destination: A folder, or a URI such as s3://bucket/path.
    """
    os.environ["MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX"] = SOURCES
    registered: dict[str, Any] = get_registered_artifact_repositories()
    for scheme, make in list(registered.items()):
        if scheme in LOCAL:
            registered[scheme] = _checked(destination, lambda uri, **more: FilesWithoutLinks(destination, uri, **more))
        elif scheme not in NAMES:
            registered[scheme] = _checked(destination, make)
    for engine in DATABASE_ENGINES:
        handlers._tracking_store_registry.register(engine, _make_store)


def _checked(destination: str, make: Make) -> Make:
    def open_beneath(artifact_uri: str, **more: Any) -> ArtifactRepository:
        if not is_beneath(artifact_uri, destination):
            raise MlflowException.invalid_parameter_value(
                f"the artifacts at {artifact_uri!r} cannot be opened: this server opens none outside of its destination"
            )
        return make(artifact_uri, **more)

    return open_beneath


class Store(SqlAlchemyStore):
    """MLflow's store of experiments and runs. The artifacts of a run are beneath the location of its experiment."""

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Sequence[ExperimentTag] | None = None
    ) -> str:
        if artifact_location and not is_served(artifact_location):
            raise MlflowException.invalid_parameter_value(
                f"artifact_location: {artifact_location!r} is not allowed. Leave it out, or name a path beneath this "
                f"server's destination, such as {SERVED}:/folder"
            )
        return str(super().create_experiment(name, artifact_location, tags))


def _make_store(store_uri: str, artifact_uri: str) -> Store:
    return Store(store_uri, artifact_uri)
