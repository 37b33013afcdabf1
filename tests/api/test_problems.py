"""How long the answer to a bad request can get, and which methods a path is said to have."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount

from api.errors import MAX_PROBLEMS, shortened

GOOD: dict[str, Any] = {"name": "exp", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 3}
HUGE = "x" * 200_000
MOST_BYTES = 100_000


@pytest.mark.slow
def test_of_very_many_problems_the_first_are_told_and_how_many_more_there_are(empty_lab: TestClient) -> None:
    unknown = {f"k{k}": 1 for k in range(22_000)}
    answer = empty_lab.post("/experiments", content=json.dumps(GOOD | unknown, separators=(",", ":")))
    problem = answer.json()
    assert (answer.status_code, len(problem["errors"])) == (422, MAX_PROBLEMS)
    assert problem["num_more"] == 22_000 - MAX_PROBLEMS
    assert problem["errors"][0]["field"] == "k0"
    assert problem["detail"].startswith(f"22,000 problems, the first {MAX_PROBLEMS} of them: k0: is not known here")
    assert len(answer.content) < MOST_BYTES


def test_a_few_problems_are_told_in_full(empty_lab: TestClient) -> None:
    problem = empty_lab.post("/experiments", json=GOOD | {"seeds": 0, "colour": 1}).json()
    assert ({e["field"] for e in problem["errors"]}, problem["num_more"]) == ({"seeds", "colour"}, 0)


@pytest.mark.parametrize(
    "body",
    [
        GOOD | {HUGE: 1},
        GOOD | {"name": HUGE},
        GOOD | {"task": HUGE},
        GOOD | {"seeds": HUGE},
        GOOD | {"grid": {HUGE: [1]}},
        GOOD | {"grid": GOOD["grid"] | {"arch": [HUGE]}},
        GOOD | {"grid": GOOD["grid"] | {"dataset": [HUGE]}},
        GOOD | {"train": {HUGE: 1}},
        GOOD | {"seeds": {"min": 2, "max": 3, "until": {"decided": HUGE}}},
    ],
    ids=range(9),
)
def test_no_problem_repeats_all_of_what_the_caller_sent(empty_lab: TestClient, body: dict[str, Any]) -> None:
    answer = empty_lab.post("/experiments", json=body)
    assert answer.status_code in (404, 422)
    assert len(answer.content) < MOST_BYTES
    assert "x" * 10_000 not in answer.text


@pytest.mark.parametrize(
    "path", ["/{}", "/experiments/{}", "/summary?experiment={}", "/summary?{}=1", "/summary?arch={}"]
)
def test_no_problem_repeats_a_long_url(empty_lab: TestClient, path: str) -> None:
    answer = empty_lab.get(path.format("x" * 15_000))
    assert answer.status_code in (404, 422)
    assert len(answer.content) < MOST_BYTES
    assert "x" * 10_000 not in answer.text


def test_a_text_that_is_too_long_keeps_its_ends() -> None:
    assert shortened("a" * 100, 100) == "a" * 100
    cut = shortened("what is wrong" + "x" * 1000 + "what is allowed", 100)
    assert len(cut) <= 100
    assert (cut.startswith("what is wrong"), cut.endswith("what is allowed"), " ... " in cut) == (True, True, True)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")


def paths(client: TestClient) -> list[str]:
    """A path for every route of the app."""
    documented = list(client.get("/openapi.json").json()["paths"])
    others = [route.path for route in client.app.routes if getattr(route, "path", "") and not isinstance(route, Mount)]
    filled = [path.replace("{run_id}", "1").replace("{form}", "svg") for path in documented + others]
    return [path.replace("{name}", "demo").replace("{cell}", "x") for path in filled] + [
        "/static-offline-docs/swagger-ui.css",
        "/static-offline-docs/none",
    ]


@pytest.mark.slow
def test_allow_is_what_each_path_really_allows(empty_lab: TestClient) -> None:
    """Whatever is not answered 405 is allowed, and nothing else is said to be."""
    wrong = {}
    for path in paths(empty_lab):
        answers = {method: empty_lab.request(method, path, follow_redirects=False) for method in METHODS}
        allowed = {method for method, answer in answers.items() if answer.status_code != 405}
        for method, answer in answers.items():
            said = answer.headers.get("allow")
            if (said is None) != (method in allowed) or (said is not None and set(said.split(", ")) != allowed):
                wrong[method, path] = (answer.status_code, said, sorted(allowed))
    assert wrong == {}
