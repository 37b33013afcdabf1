"""The ASGI app: MLflow's own, behind the login. The environment says where MLflow keeps what, and the password."""

import os

from mlflow.server.constants import ARTIFACTS_DESTINATION_ENV_VAR

from mlflow_server.artifacts import keep_beneath
from mlflow_server.login import App, Login
from mlflow_server.sites import OwnSiteOnly


def make_app() -> App:
    """Raises KeyError if the environment has no password: MLflow is never served without one."""
    name, password = (os.environ[f"EVENKEEL_MLFLOW_{word}"] for word in ("USERNAME", "PASSWORD"))
    keep_beneath(os.environ[ARTIFACTS_DESTINATION_ENV_VAR])
    from mlflow.server.fastapi_app import app

    return OwnSiteOnly(Login(app, name, password))


app = make_app()
