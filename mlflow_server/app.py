"""The ASGI app: MLflow's own, behind the login. The environment says where MLflow keeps what, and the password."""

import os

from mlflow.server.constants import ARTIFACTS_DESTINATION_ENV_VAR

from mlflow_server.artifacts import keep_beneath
from mlflow_server.calls import ManyCalls
from mlflow_server.login import App, Login, Receive, Scope, Send, refuse
from mlflow_server.sites import OwnSiteOnly

# It would run commands on this machine for whoever asks, under the rights of this server.
ASSISTANT = "/ajax-api/3.0/mlflow/assistant/"


def make_app() -> App:
    """Raises KeyError if the environment has no password: MLflow is never served without one."""
    name, password = (os.environ[f"EVENKEEL_MLFLOW_{word}"] for word in ("USERNAME", "PASSWORD"))
    keep_beneath(os.environ[ARTIFACTS_DESTINATION_ENV_VAR])
    from mlflow.server import app as flask
    from mlflow.server.fastapi_app import app

    async def without_assistant(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path", "").startswith(ASSISTANT):
            await refuse(scope, send, 404, "FEATURE_DISABLED", "MLflow's assistant is off in this lab")
        else:
            await app(scope, receive, send)

    return OwnSiteOnly(Login(ManyCalls(without_assistant, flask), name, password))


app = make_app()
