"""The manifests for Kubernetes: rendered by kubectl, valid by its published schemas, and in line with the code."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import kubernetes_validate
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, ConfigDict, Field

from api.endpoints.prometheus import _Numbers, _write
from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import Messages
from evenkeel.settings import Settings
from trainer.supervisor import STOP_SECONDS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
VERSIONS = ("1.29", "1.33")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
# What a workload of Kubernetes is in compose.yaml.
TWINS = {
    "evenkeel-api": "api",
    "evenkeel-mlflow": "mlflow",
    "evenkeel-migrate": "migrate",
    "evenkeel-worker-cpu": "worker",
    "evenkeel-worker-cuda": "worker",
}


@cache
def rendered() -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl, which renders the manifests, is not installed")
    text = subprocess.run([kubectl, "kustomize", FOLDER], capture_output=True, text=True, check=True).stdout
    return list(yaml.safe_load_all(text))


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered() if each["kind"] == kind}


def workloads() -> dict[str, dict[str, Any]]:
    """Name -> the pod of every workload."""
    return {
        name: each["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for name, each in named(kind).items()
    }


def container(name: str) -> dict[str, Any]:
    [only] = workloads()[name]["containers"]
    found: dict[str, Any] = only
    return found


def environment(name: str) -> dict[str, str]:
    """What the container finds in its environment, without secrets."""
    found: dict[str, str] = {}
    for source in container(name)["envFrom"]:
        if "configMapRef" in source:
            found |= named("ConfigMap")[source["configMapRef"]["name"]]["data"]
    return found | {each["name"]: each["value"] for each in container(name).get("env", [])}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid_by_the_schemas_of_kubernetes(version: str) -> None:
    native = [each for each in rendered() if each["kind"] != "ScaledObject"]
    assert len(native) == len(rendered()) - 2
    for each in native:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_manifest_with_a_field_that_kubernetes_does_not_know_is_refused() -> None:
    wrong = {**named("Service")["evenkeel-api"], "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


class Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(Checked):
    server_address: str = Field(alias="serverAddress", pattern="^http://")
    query: str
    threshold: str = Field(pattern="^[0-9]+$")


class Trigger(Checked):
    type: str = Field(pattern="^prometheus$")
    metadata: Metadata


class Scaling(Checked):
    """The fields of a ScaledObject that we use. KEDA's own schema comes in no package that we could check with."""

    target: dict[str, str] = Field(alias="scaleTargetRef")
    fewest: int = Field(alias="minReplicaCount", ge=0)
    most: int = Field(alias="maxReplicaCount", ge=1)
    cooldown: int = Field(alias="cooldownPeriod", ge=300)
    advanced: dict[str, Any]
    triggers: list[Trigger]


@pytest.mark.parametrize(("device", "fewest"), [("cpu", 1), ("cuda", 0)])
def test_workers_of_each_device_are_scaled_by_the_messages_for_it(device: str, fewest: int) -> None:
    found = named("ScaledObject")[f"evenkeel-worker-{device}"]
    assert found["apiVersion"] == "keda.sh/v1alpha1"
    scaling = Scaling.model_validate(found["spec"])
    assert scaling.target == {"name": f"evenkeel-worker-{device}"}
    assert scaling.target["name"] in named("Deployment")
    assert scaling.fewest == fewest < scaling.most
    [trigger] = scaling.triggers
    assert f'evenkeel_queue_messages{{device=~"{Device.ANY}|{Device(device)}"}}' in trigger.metadata.query
    assert "replicas" not in named("Deployment")[scaling.target["name"]]["spec"], "it would undo what KEDA did"


def test_the_metrics_that_scale_the_workers_are_metrics_of_the_api(app_numbers: set[str]) -> None:
    for each in named("ScaledObject").values():
        asked = set(re.findall(r"evenkeel_\w+", each["spec"]["triggers"][0]["metadata"]["query"]))
        assert len(asked) == 3
        assert asked <= app_numbers


@pytest.fixture
def app_numbers() -> set[str]:
    """The names of all numbers in /metrics."""

    lab = MagicMock()
    lab.store.metering.by_status.return_value = {}
    lab.store.metering.mirror_lag.return_value = (0, 0.0)
    lab.store.alerts.unsent.return_value = 0
    worker = MagicMock(
        device="cpu", slots=1, problem=None, epochs=1, epoch_seconds=1.0, disk_free_bytes=1, disk_used_bytes=1
    )
    worker.name, worker.gpu_total_bytes = "w", None
    lab.store.workers.seen.return_value = [worker]
    text = _write(_Numbers(lab, Messages({Device.ANY: 1}, 0))).decode()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def test_every_container_is_locked_down_as_in_compose() -> None:
    for name, pod in workloads().items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        user = pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]
        assert f"{user[0]}:{user[1]}" == COMPOSE[TWINS[name]]["user"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "Kubernetes would set EVENKEEL_API_PORT"
        locks = container(name)["securityContext"]
        assert locks["readOnlyRootFilesystem"] is COMPOSE[TWINS[name]]["read_only"] is True
        assert locks["capabilities"]["drop"] == COMPOSE[TWINS[name]]["cap_drop"]
        assert locks["allowPrivilegeEscalation"] is False


def test_the_images_ports_and_limits_of_memory_are_those_of_compose() -> None:
    assert set(workloads()) == set(TWINS)
    for name, twin in TWINS.items():
        image = container(name)["image"].rpartition("/")[2].partition(":")[0]
        assert image == COMPOSE[twin]["image"]
        limit = re.search(r"(\d+)(m|g)\}?$", COMPOSE[twin]["mem_limit"])
        assert limit is not None
        assert container(name)["resources"]["limits"]["memory"] == limit[1] + {"m": "Mi", "g": "Gi"}[limit[2]]
    for name, port in (("evenkeel-api", 8000), ("evenkeel-mlflow", 5000)):
        assert container(name)["ports"] == [{"name": "http", "containerPort": port}]
        [served] = named("Service")[name]["spec"]["ports"]
        assert served == {"name": "http", "port": port, "targetPort": "http"}
        assert COMPOSE[TWINS[name]]["ports"][0].endswith(f":{port}")


def test_every_variable_is_a_setting_that_the_code_knows_and_that_compose_gives_the_same_service() -> None:
    settings = {f"EVENKEEL_{name.upper()}" for name in Settings.model_fields} | {"EVENKEEL_SECRETS_DIR"}
    for name, twin in TWINS.items():
        theirs = COMPOSE[twin]["environment"]
        for variable in environment(name):
            assert variable in theirs, f"{name}: compose.yaml does not give {variable} to {twin}"
            assert variable in settings or variable.startswith("MLFLOW_"), variable
    for device in ("cpu", "cuda"):
        given = environment(f"evenkeel-worker-{device}")
        assert given["EVENKEEL_DEVICE"] == device
        Settings(device=given["EVENKEEL_DEVICE"], slots=int(given["EVENKEEL_SLOTS"]))
    assert container("evenkeel-worker-cuda")["resources"]["limits"]["nvidia.com/gpu"] == "1"
    mlflow = environment("evenkeel-api")["EVENKEEL_MLFLOW_URL"].removeprefix("http://")
    assert mlflow in environment("evenkeel-mlflow")["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")


def test_every_secret_is_a_file_that_the_code_reads_and_lies_where_it_looks() -> None:
    for name, pod in workloads().items():
        [secret] = [each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each]
        assert secret == ("evenkeel-mlflow" if name == "evenkeel-mlflow" else "evenkeel-lab")
        mounts = {mount["name"]: mount["mountPath"] for mount in container(name)["volumeMounts"]}
        assert mounts["secrets"] == environment(name).get("EVENKEEL_SECRETS_DIR", "/run/secrets")
        assert {volume["name"] for volume in pod["volumes"]} == set(mounts)
    assert "EVENKEEL_SECRETS_DIR=" not in (ROOT / "docker" / "mlflow" / "serve").read_text()
    told = (ROOT / "docs" / "scaling.md").read_text()
    files = re.findall(r"--from-literal=(\w+)=", told)
    assert {file for file in files if file.startswith("evenkeel_")} == {
        f"evenkeel_{name}" for name in ("database_url", "broker_url", "mlflow_username", "mlflow_password")
    }
    assert {file.removeprefix("evenkeel_") for file in files if file.startswith("evenkeel_")} < set(
        Settings.model_fields
    )
    serve = (ROOT / "docker" / "mlflow" / "serve").read_text()
    assert all(f"/run/secrets/{file}" in serve for file in ("database_url", "password"))
    assert {"database_url", "password"} < set(files)


def test_a_worker_has_the_time_to_write_a_checkpoint_and_to_send_it() -> None:
    for device in ("cpu", "cuda"):
        name = f"evenkeel-worker-{device}"
        assert container(name)["command"] == ["evenkeel", "worker"], "it sends checkpoints before it ends"
        assert workloads()[name]["terminationGracePeriodSeconds"] > 10 * STOP_SECONDS


def test_the_probes_ask_for_what_the_api_answers() -> None:
    api = container("evenkeel-api")
    for probe in ("startupProbe", "livenessProbe"):
        asks = api[probe]["httpGet"]
        assert (asks["path"], asks["port"]) == ("/healthz", "http")
        assert asks["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert api["readinessProbe"]["exec"]["command"] == COMPOSE["api"]["healthcheck"]["test"][1:]
    assert "/readyz" in (ROOT / "api" / "healthcheck.py").read_text()
    mlflow = container("evenkeel-mlflow")["readinessProbe"]["exec"]["command"]
    assert mlflow == COMPOSE["mlflow"]["healthcheck"]["test"][1:]
    alive = container("evenkeel-worker-cpu")["livenessProbe"]["exec"]["command"][2]
    assert alive == COMPOSE["worker"]["healthcheck"]["test"][1].replace("$$", "$")
    assert environment("evenkeel-worker-cpu")["EVENKEEL_ALIVE_FILE"] in alive


def test_no_manifest_holds_a_password() -> None:
    assert named("Secret") == {}
    for path in FOLDER.rglob("*.yaml"):
        assert not re.search(r"://[^/\s]+:[^/\s]+@", path.read_text()), path.name
