"""What a command imports before it does its work. A short command spends nearly all of its time on this."""

import json
import ssl
import subprocess
import sys
from typing import Any

import pytest

from evenkeel.client import Client

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:1"
SERVICES_OWN = {
    "alembic",
    "celery",
    "kombu",
    "matplotlib",
    "numpy",
    "pydantic_settings",
    "redis",
    "scipy",
    "sqlalchemy",
}

# Every command prints its help, and those in `asked` also call an API. Then: all modules that a command may import.
LOADED_BY_CLIENTS = """
import json, pkgutil, sys
from importlib import import_module
import evenkeel, evenkeel.cli
asked = json.loads(sys.argv[1])
names = [command.name or command.callback.__name__.rstrip("_") for command in evenkeel.cli.app.registered_commands]
names = [name.replace("_", "-") for name in names]
own = [name for name in names if name not in ("data", "worker")]
for args in [["--help"], ["--version"], *([name, "--help"] for name in own), *asked]:
    try:
        evenkeel.cli.app(args)
    except SystemExit as end:
        assert end.code == (1 if args in asked else 0), (args, end.code)
# These read runs and tables themselves, once `evenkeel import` is called.
readers = {"import_options", "importing"}
for module in pkgutil.iter_modules(evenkeel.cli.__path__):
    if module.name not in readers:
        import_module(f"evenkeel.cli.{module.name}")
evenkeel.Client("http://127.0.0.1:1")
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""
LOADED_BY_HELP = """
import json, sys
from evenkeel.cli import app
try:
    app(sys.argv[1:])
except SystemExit as end:
    assert not end.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def loaded(code: str, *args: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.slow
def test_no_command_of_a_client_loads_what_only_the_service_needs() -> None:
    asked = [
        ["tasks"],
        ["submit", "--preset", "demo"],
        ["watch", "demo"],
        ["summary", "--lr", "0.003"],
        ["figure", "demo"],
        ["report", "demo"],
        ["export", "demo"],
        ["effects", "demo"],
        ["compare", "demo", "a"],
        ["seeds-needed", "demo", "a", "--half-width", "1"],
        ["experiments"],
        ["runs", "demo"],
        ["cancel", "demo"],
        ["retry", "demo"],
        ["share", "demo", "--priority", "1"],
        ["workers"],
    ]
    found = loaded(LOADED_BY_CLIENTS, json.dumps([[*args, "--url", NOWHERE] for args in asked]))
    assert {"httpx", "rich", "typer"} <= found
    assert found & SERVICES_OWN == set()


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["summary", "--help"], ["up", "--help"], ["keys", "--help"]]
)
def test_help_loads_neither_what_asks_the_api_nor_what_draws_tables(args: list[str]) -> None:
    assert loaded(LOADED_BY_HELP, *args) & {"httpx", "httpcore", "rich", *SERVICES_OWN} == set()


def test_certificates_are_read_for_https_and_for_proxies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **where: read.append(where))
    Client("http://127.0.0.1:1").close()
    assert read == []
    Client("https://127.0.0.1:1").close()
    assert read != []
    read.clear()
    monkeypatch.setenv("HTTP_PROXY", "https://127.0.0.1:2")
    Client("http://127.0.0.1:1").close()
    assert read != []
