"""Starts MLflow's server behind a login: `python -m mlflow_server --help`.

It does what `mlflow server` does with this lab's settings, but in one process where that one uses two. The name and the
password come from EVENKEEL_MLFLOW_USERNAME and EVENKEEL_MLFLOW_PASSWORD.
"""

import argparse
import os
from pathlib import Path

import uvicorn

LOGIN = ("EVENKEEL_MLFLOW_USERNAME", "EVENKEEL_MLFLOW_PASSWORD")


def main() -> None:
    asked = _read_arguments()
    # MLflow reads these when it is imported. `mlflow server` sets them for its processes, too.
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": asked.backend_store_uri,
        "_MLFLOW_SERVER_REGISTRY_STORE": asked.backend_store_uri,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": asked.artifacts_destination,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SGI_NAME": "uvicorn",
        "_MLFLOW_IN_JOB_EXECUTOR": "false",
        "MLFLOW_ENABLE_WORKSPACES": "false",
    }
    from mlflow.server import handlers

    import mlflow_server.app

    # Once, before there are several processes: this makes the tables, or brings them up to date.
    handlers.initialize_backend_stores(asked.backend_store_uri, asked.backend_store_uri, "mlflow-artifacts:/")
    uvicorn.run(
        f"{mlflow_server.app.__name__}:app",
        host=asked.host,
        port=asked.port,
        workers=asked.workers,
        # Its parser bounds the headers of a request, before anybody has logged in. That of httptools does not.
        http="h11",
        log_config=str(Path(str(handlers.__file__)).with_name("uvicorn_log_config.yaml")),
    )


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mlflow_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=1, help="number of processes")
    for option, what in (("backend-store-uri", "database"), ("artifacts-destination", "folder or URI of artifacts")):
        variable = f"MLFLOW_{option.upper().replace('-', '_')}"
        value = os.environ.get(variable)
        parser.add_argument(f"--{option}", default=value, required=not value, help=f"{what}; or in {variable}")
    asked = parser.parse_args()
    if not all(os.environ.get(variable) for variable in LOGIN):
        parser.error(f"{' and '.join(LOGIN)} must be set: MLflow asks every caller for them")
    return asked


if __name__ == "__main__":
    main()
