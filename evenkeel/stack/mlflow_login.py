"""The name and the password that the embedded MLflow asks for.

The password is made at random at the first start, and then kept in a file that only its owner may read.
"""

import secrets
from pathlib import Path

from evenkeel.stack.secrets import ensure_secret

NAME = "evenkeel"
READ_AND_WRITTEN_BY_US = 0o600


def password_file(data: Path) -> Path:
    """Where the password is kept, given the folder of the lab."""
    return data / "mlflow-password"


def ensure_login(data: Path) -> dict[str, str]:
    """The name and the password as settings, for MLflow's server and for everybody who uses it.

    To choose another password, write it into the file, or delete the file, and start the lab again.
    """
    path = password_file(data)
    password = ensure_secret(path, secrets.token_urlsafe(24) + "\n", READ_AND_WRITTEN_BY_US).strip()
    # It may have been written, or restored from a backup, with another mode.
    path.chmod(READ_AND_WRITTEN_BY_US)
    return {"EVENKEEL_MLFLOW_USERNAME": NAME, "EVENKEEL_MLFLOW_PASSWORD": password}
