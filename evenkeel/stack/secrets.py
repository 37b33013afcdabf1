"""The passwords of a deployment, and the files from which each service reads its own passwords.

The passwords are made at random at the first start, and then kept in `own/`. Every other folder is a volume of one
service. Its files are written again from the passwords at each start.
"""

import os
import secrets
from pathlib import Path

from evenkeel.records.keys import make_key

PASSWORDS = ("redis", "postgres", "evenkeel", "mlflow", "mlflow_ui")
READ_BY_ALL, READ_BY_US = 0o444, 0o400

REDIS = """\
bind * -::*
port 6379
requirepass {redis}
dir /data
appendonly yes
save ""
maxmemory-policy noeviction
proto-max-bulk-len 1mb
"""


def make_secrets(root: Path) -> None:
    """Fill the folders below `root`.

    Redis and Postgres run as other users than we do, so everybody may read the files for them. That is safe because
    each service mounts only its own folder.
    """
    words = {name: ensure_secret(root / "own" / name, secrets.token_urlsafe(24)) for name in PASSWORDS}
    ensure_secret(root / "own" / "api_key", make_key()[2])
    words["mlflow_database"] = f"postgresql+psycopg://mlflow:{words['mlflow']}@postgres:5432/mlflow"
    files = {
        "redis/redis.conf": REDIS.format(**words),
        "redis/password": words["redis"],
        "postgres/password": words["postgres"],
    }
    for name, text in files.items():
        _write(root / name, text, READ_BY_ALL)
    files = {
        "mlflow/database_url": words["mlflow_database"],
        "mlflow/password": words["mlflow_ui"],
        "lab/evenkeel_database_url": f"postgresql://evenkeel:{words['evenkeel']}@postgres:5432/evenkeel",
        "lab/evenkeel_broker_url": f"redis://:{words['redis']}@redis:6379/0",
        "lab/evenkeel_mlflow_username": "evenkeel",
        "lab/evenkeel_mlflow_password": words["mlflow_ui"],
        "api/api_key": (root / "own" / "api_key").read_text(),
    }
    for name, text in files.items():
        _write(root / name, text, READ_BY_US)


def ensure_secret(path: Path, fresh: str, mode: int = READ_BY_US) -> str:
    """The text of the file. A file that does not exist is first written with `fresh`."""
    if not path.exists():
        _write(path, fresh, mode)
    return path.read_text()


def _write(path: Path, text: str, mode: int) -> None:
    """Write the file as a whole or not at all."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        os.fsync(file.fileno())
    aside.replace(path)
