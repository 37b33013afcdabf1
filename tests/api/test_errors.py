"""For every wrong body, the error names the field and what is allowed, and nothing is stored."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from servers import NO_BROKER

from api.app import create_app
from evenkeel.settings import Settings
from models.factors import Arch, Norm
from models.layout import count_parameters

GOOD: dict[str, Any] = {
    "name": "good",
    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he"]},
    "seeds": 2,
    "train": {"width": 0.25, "epochs": 2},
}


def grid(**levels: Any) -> dict[str, Any]:
    return {"grid": GOOD["grid"] | levels}


def train(**values: Any) -> dict[str, Any]:
    return {"train": GOOD["train"] | values}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"colour": 1}, "colour", "name, task, grid, seeds, train, priority"),
    ({"query": 1}, "query", "name, task, grid, seeds"),
    ({"task": "vision"}, "task", "Input should be 'classification', not 'vision'"),
    ({"task": None}, "task", "'classification'"),
    (grid(path=[1]), "grid.path", "batch_size"),
    ({"grid": []}, "grid", "should be a JSON object; its keys: arch, norm, init"),
    ({"exclude": [{"\ud800": 1}]}, "exclude.0.\\ud800", "arch, norm, init"),
    (grid(colour=[1]), "grid.colour", "batch_size"),
    (train(colour=1), "train.colour", "batch_size"),
    (grid(arch=["vit"]), "grid.arch.0", "'yolo', 'resnet', 'plain' or 'vgg'"),
    (grid(norm=["batch", "instance"]), "grid.norm.1", "'batch', 'none', 'group' or 'layer'"),
    (grid(arch=[]), "grid.arch", "at least 1 item"),
    (grid(arch="yolo"), "grid.arch", "valid list"),
    (grid(init=["he", "he"]), "grid.init", "name each level only once"),
    (grid(lr=[1, 1.0]), "grid.lr", "name each level only once"),
    ({"grid": {"norm": ["none"], "init": ["he"]}}, "grid.arch", "'yolo', 'resnet'"),
    ({"seeds": 0}, "seeds", "a count from 1"),
    ({"seeds": "3"}, "seeds", "a count from 1"),
    ({"seeds": True}, "seeds", "a count from 1"),
    ({"seeds": []}, "seeds", "a list of distinct"),
    ({"seeds": [1, 1]}, "seeds", "distinct"),
    ({"seeds": [-1]}, "seeds", "from 0 to"),
    ({"seeds": 10**30}, "seeds", "from 1 to 100,000"),
    ({"seeds": 9999}, "grid", "at most 1,000"),
    (train(lr=-1), "train.lr", "greater than 0"),
    (train(lr="0.1"), "train.lr", "a number"),
    (train(lr=float("nan")), "train.lr", "finite number"),
    (train(epochs=0), "train.epochs", "greater than or equal to 1"),
    (train(epochs=1.5), "train.epochs", "whole number"),
    (train(width=0), "train.width", "greater than 0"),
    (train(image_size=4), "train.image_size", "greater than or equal to 8"),
    (train(image_size=8), "train.image_size", "16 to 512"),
    (grid(image_size=[32, 8]), "grid.image_size", "16 to 512"),
    (train(batch_size=1), "train.batch_size", "at least 2"),
    (train(dataset="imagenet"), "train.dataset", "digits"),
    (train(dataset="food101", image_size=128), "train.dataset", "evenkeel data prepare food101 --size 128"),
    (grid(dataset=["digits", "svhn"]), "grid.dataset", "evenkeel data prepare svhn --size 32"),
    (train(dataset="../../etc"), "train.dataset", "begin with a letter or a digit"),
    (grid(init=["zero_residual"]), "grid.init", "'resnet' has"),
    (grid(stem_norm=["paper", "none"]), "grid.stem_norm", "arch 'plain', 'resnet' have one"),
    (train(stem_norm="none"), "train.stem_norm", "needs a stem, which 'yolo' does not have"),
    (train(stem_norm="batch"), "train.stem_norm", "'paper' or 'none'"),
    (train(adam_epsilon="tensorflow"), "train.adam_epsilon", "'torch' or 'keras'"),
    (train(input_scale="bytes"), "train.input_scale", "'signed' or 'unit'"),
    (train(epochs=2, warmup_epochs=3), "train.warmup_epochs", "at most the 2 epochs"),
    (train(optimizer="lion"), "train.optimizer", "'adam', 'adamw' or 'sgd'"),
    (train(precision="fp8"), "train.precision", "'fp32', 'tf32' or 'bf16'"),
    (train(label_noise=1.5), "train.label_noise", "less than or equal to 1"),
    (train(train_fraction=0.0), "train.train_fraction", "greater than 0"),
    (train(dataset="synthetic", synthetic_classes=50, synthetic_examples=20), "train.synthetic_examples", "50 classes"),
    (train(arch="yolo"), "train.arch", "one of them"),
    ({"exclude": [{"lr": 0.1}]}, "exclude.0.lr", "arch, norm, init"),
    ({"exclude": [{"norm": "layer"}]}, "exclude.0.norm", "'batch', 'none'"),
    ({"exclude": [{}]}, "exclude.0", "every cell"),
    ({"exclude": [{"init": "he"}]}, "exclude", "at least one"),
    ({"name": "../etc/passwd"}, "name", "begin with a letter or a digit"),
    ({"name": ""}, "name", "begin with a letter or a digit"),
    ({"name": None}, "name", "valid string"),
]


RULE: dict[str, Any] = {"min": 3, "max": 5, "until": {"half_width": 0.1}}
WRONG_RULES: list[tuple[dict[str, Any], str, str]] = [
    ({"most": 5}, "seeds.most", "allowed: min, max, until"),
    ({"until": {"width": 1}}, "seeds.until.width", "allowed: half_width, decided, metric"),
    ({"until": 0.1}, "seeds.until", "should be a JSON object; its keys: half_width, decided, metric"),
    ({"until": {}}, "seeds.until", "exactly one of: half_width, decided"),
    ({"min": 1}, "seeds.min", "greater than or equal to 2, not 1"),
    ({"max": 2}, "seeds", "max must be at least min, which is 3"),
    ({"max": 10**5}, "grid", "are allowed"),
    ({"until": {"decided": "lr"}}, "seeds.until.decided", "must be a factor with several levels in this grid"),
    ({"until": {"half_width": 1, "metric": "f1"}}, "seeds.until.metric", "its metrics: train_accuracy"),
]
WRONG += [({"seeds": RULE | change}, field, allowed) for change, field, allowed in WRONG_RULES]


@pytest.mark.parametrize(("change", "field", "allowed"), WRONG)
def test_a_wrong_body_is_refused_with_its_field_and_what_is_allowed(
    empty_lab: TestClient, change: dict[str, Any], field: str, allowed: str
) -> None:
    answer = empty_lab.post("/experiments", content=json.dumps(GOOD | change))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    [error, *_] = answer.json()["errors"]
    assert error["field"] == field
    assert allowed in error["problem"]
    assert allowed in answer.json()["detail"]
    assert empty_lab.get("/experiments").json() == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "should be a JSON object; its keys: name, task, grid, seeds, train"),
        ('"x"', "should be a JSON object; its keys: name, task, grid, seeds, train, "),
        ("", "is required"),
    ],
)
def test_what_is_no_grid_at_all_is_refused(empty_lab: TestClient, body: str, problem: str) -> None:
    answer = empty_lab.post("/experiments", content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body")
    assert problem in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("colour=red", "experiment, metric, task, threshold"),
        ("metric=f1", "'val_loss'"),
        ("task=vision", "Input should be 'classification', not 'vision'"),
        ("lr=nan", "finite number"),
        ("arch=vit", "'yolo', 'resnet', 'plain' or 'vgg'"),
    ],
)
def test_a_wrong_query_is_refused_with_what_is_allowed(empty_lab: TestClient, query: str, allowed: str) -> None:
    answer = empty_lab.get(f"/summary?{query}")
    assert answer.status_code == 422
    assert allowed in answer.json()["detail"]


CHANGES = "note, tags, priority, max_running, device, threads"


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ({"name": "x"}, "name", f"is not known here; allowed: {CHANGES}"),
        ({"priority": 3, "colour": 1}, "colour", f"is not known here; allowed: {CHANGES}"),
        ({}, "body", f"names nothing to change; allowed: {CHANGES} (max_running 0: no limit)"),
        ({"max_running": None}, "body", f"names nothing to change; allowed: {CHANGES} (max_running 0: no limit)"),
        ([], "body", f"should be a JSON object; its keys: {CHANGES}"),
        ([{"priority": 3}], "body", f"should be a JSON object; its keys: {CHANGES}"),
        (3, "body", f"should be a JSON object; its keys: {CHANGES}"),
        (None, "body", "is required"),
        ({"device": "tpu"}, "device", "Input should be 'any', 'cpu' or 'cuda', not 'tpu'"),
        ({"priority": "3"}, "priority", "Input should be a whole number, not '3'"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_what_can_be_changed_and_changes_nothing(
    client: TestClient, body: Any, field: str, problem: str
) -> None:
    client.post("/experiments", json=GOOD)
    before = client.get("/experiments").json()
    answer = client.patch("/experiments/good", json=body)
    assert (answer.status_code, answer.json()["errors"]) == (422, [{"field": field, "problem": problem}])
    assert client.get("/experiments").json() == before


def test_curl_may_call_its_body_a_form_and_a_page_elsewhere_may_not(client: TestClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/experiments", content=json.dumps(GOOD), headers=form).status_code == 201
    foreign = form | {"origin": "https://elsewhere.example"}
    answer = client.post("/experiments", content=json.dumps(GOOD | {"name": "other"}), headers=foreign)
    assert answer.status_code == 403
    assert [found["name"] for found in client.get("/experiments").json()] == ["good"]
    change = {"url": "/experiments/good", "content": '{"priority": 3}'}
    assert client.patch(**change, headers=form).json()["priority"] == 3
    assert client.patch(**change, headers=foreign).status_code == 403


def test_a_broker_that_is_away_costs_nothing_but_time(client: TestClient) -> None:
    first = client.post("/experiments", json=GOOD)
    assert (first.status_code, first.json()["created"], first.json()["broker"]) == (201, 8, "away")
    again = client.post("/experiments", json=GOOD)
    assert (again.status_code, again.json()["created"], again.json()["existing"]) == (200, 0, 8)
    assert client.get("/experiments/good").json()["num_runs"]["status"]["queued"] == 8


def test_a_dry_run_tells_the_cells_and_makes_nothing(empty_lab: TestClient) -> None:
    answer = empty_lab.post("/experiments?dry_run=true", json=GOOD)
    assert answer.status_code == 200
    plan = answer.json()
    assert (plan["num_runs"], plan["num_new"], len(plan["cells"])) == (8, 8, 4)
    for cell in plan["cells"]:
        arch, norm = Arch(cell["levels"]["arch"]), Norm(cell["levels"]["norm"])
        assert cell["num_parameters"] == count_parameters(arch, norm, 10, 32, 0.25)
    assert empty_lab.get("/experiments").json() == []


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST"])
@pytest.mark.parametrize("path", ["/nope", "/runs", "/experiments/demo/cell", "/summary/figure"])
def test_where_there_is_nothing_no_method_is_said_to_be_refused(empty_lab: TestClient, method: str, path: str) -> None:
    answer = empty_lab.request(method, path)
    assert (answer.status_code, answer.headers.get("allow")) == (404, None)
    assert answer.json()["detail"] == f"there is nothing at {path}; /docs lists all endpoints"


def test_a_path_that_is_not_there_is_a_problem_too(empty_lab: TestClient) -> None:
    for path in ("/experiments/none", "/runs/none", "/nowhere", "/summary?experiment=none"):
        answer = empty_lab.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/experiments", "GET, POST"),
        ("POST", "/summary", "GET"),
        ("PUT", "/experiments/demo", "DELETE, GET, PATCH"),
        ("DELETE", "/experiments/demo/cancel", "POST"),
        ("DELETE", "/runs/1", "GET"),
        ("GET", "/experiments/demo/retry", "POST"),
        ("DELETE", "/summary/figure.svg", "GET"),
        ("POST", "/healthz", "GET"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("POST", "/static-offline-docs/swagger-ui.css", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has(
    empty_lab: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = empty_lab.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["detail"] == f"{method} is not allowed here; allowed: {allowed}"


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("POST", "/experiments?dry_rn=true", "allowed: dry_run"),
        ("GET", "/experiments?name=demo", "allowed: search, tag"),
        ("DELETE", "/experiments/demo/cells/yolo?dry_run=true", "this call takes no query parameters"),
        ("GET", "/summary?arhc=yolo", "allowed: "),
    ],
)
def test_a_query_parameter_that_a_call_does_not_have_is_refused_and_nothing_is_done(
    client: TestClient, method: str, path: str, says: str
) -> None:
    name = path.partition("?")[2].partition("=")[0]
    answer = client.request(method, path, json=GOOD if method == "POST" else None)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["problem"].startswith(f"is not known here; {says}")) == (name, True)
    assert client.get("/experiments").json() == []


def test_readiness_says_what_is_missing(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert {name for name, check in checks.items() if not check["ok"]} == {"broker", "mlflow", "workers"}


def test_a_store_that_was_never_migrated_is_said_to_be_away_and_nothing_breaks(tmp_path: Path) -> None:
    settings = Settings(answer_processes=0, database_url=f"sqlite:///{tmp_path}/empty.db", broker_url=NO_BROKER)
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        for answer in (client.get("/experiments"), client.post("/experiments", json=GOOD), client.get("/metrics")):
            assert answer.status_code == 503
            assert "or was never migrated; nothing was changed" in answer.json()["detail"]
        checks = client.get("/readyz").json()["checks"]
        assert checks["store"] == {"ok": False, "detail": "no answer, or never migrated: OperationalError"}
        assert checks["workers"] == {"ok": False, "detail": "the store does not answer: OperationalError"}
        assert checks["broker"] == {"ok": False, "detail": "the broker does not answer: OperationalError"}
