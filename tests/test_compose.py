"""What the compose files and the locks of the images promise. scripts/compose-check tests it on a Docker engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
ONE_SHOT = {"secrets", "migrate"}


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return found


SERVICES = {
    **dict(read("compose.yaml")["services"].items()),
    "far worker": read("compose.worker.yaml")["services"]["worker"],
}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] in ("redis", "postgres", "10001:10001")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert "mem_limit" in service
    assert service["logging"]["options"]["max-file"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_every_service_that_stays_is_watched_and_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert service["stop_grace_period"]


def test_no_image_of_ours_is_asked_for_at_a_registry_where_anybody_could_own_its_name() -> None:
    ours = [service for service in SERVICES.values() if service["image"].startswith("evenkeel")]
    assert len(ours) == 6
    assert {service.get("pull_policy") for service in ours} == {"never"}


def test_only_the_api_and_mlflow_are_published_and_only_to_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"api", "mlflow"}
    assert all(re.match(r"127\.0\.0\.1:", port) for published in ports.values() for port in published)


def test_no_file_that_is_committed_holds_a_password() -> None:
    for path in [*ROOT.glob("compose*.yaml"), ROOT / "Dockerfile"]:
        for line in path.read_text().splitlines():
            key, _, value = line.partition(":")
            if re.search(r"PASSWORD|SECRET_ACCESS|SECRET_KEY", key):
                assert re.fullmatch(r"\s*(/run/secrets/\w+|\$\{\w+:-\})", value), f"{path.name}: {line}"


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ]+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_example_of_env_gives_the_worker_the_gpus_and_leaves_all_else_as_it_is() -> None:
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines)
    assert list(settings) == ["COMPOSE_FILE"]
    files = settings["COMPOSE_FILE"].split(":")
    assert files == ["compose.yaml", "compose.gpu.yaml"]
    base, overlay = (read(name) for name in files)
    assert list(overlay) == ["services"]
    assert list(overlay["services"]) == ["worker"]
    worker = overlay["services"]["worker"]
    [gpus] = worker["deploy"]["resources"]["reservations"]["devices"]
    assert gpus == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    # Without a GPU the worker must train nothing. One slot is enough for a GPU.
    assert worker["environment"] == {
        "EVENKEEL_DEVICE": "${EVENKEEL_DEVICE:-cuda}",
        "EVENKEEL_SLOTS": "${EVENKEEL_SLOTS:-1}",
    }
    assert set(worker["environment"]) < set(base["services"]["worker"]["environment"])
    for told in (ROOT / "docs" / "scaling.md", ROOT / "compose.gpu.yaml"):
        assert lines[0] in told.read_text(), told.name


def test_settings_of_ones_own_are_not_committed() -> None:
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("lock", ["docker/api.lock", "docker/trainer.lock", "docker/mlflow.lock"])
def test_images_hold_the_versions_that_are_tested_here(lock: str) -> None:
    tested, held = pins("requirements.lock"), pins(lock)
    assert len(held) > 20
    assert {name: version for name, version in held.items() if tested[name] != version} == {}


def test_the_apis_image_has_neither_torch_nor_what_comes_with_mlflow() -> None:
    assert not {"torch", "torchvision", "mlflow", "mlflow-skinny", "pandas", "pyarrow"} & set(pins("docker/api.lock"))


def test_what_the_images_copy_is_there_and_let_through() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {"api", "evenkeel", "mlflow_server", "models", "trainer"} <= set(copied)
    assert {path for path in copied if not (ROOT / path).exists()} == set()
    assert {path.partition("/")[0] for path in copied} == let_through


def test_the_images_have_the_command() -> None:
    command = ROOT / "docker" / "evenkeel"
    assert command.stat().st_mode & 0o111 == 0o111
    said = subprocess.check_output(
        [sys.executable, command, "--version"], cwd="/", env={"PYTHONPATH": str(ROOT)}, text=True
    )
    assert said.startswith("0.1.0")


def test_no_lock_names_where_it_was_downloaded_from() -> None:
    for lock in (ROOT / "requirements.lock", *(ROOT / "docker").glob("*.lock")):
        assert "http" not in re.sub(r"httpx?\w*|aiohttp|httptools|httpcore", "", lock.read_text()), lock.name
