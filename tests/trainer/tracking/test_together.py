"""Calls go to MLflow together, to the lab's own in one request, and to any other side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException

from evenkeel.settings import Settings
from trainer.tracking.calls import Call, Upload, create_run, get_run, log_batches
from trainer.tracking.server import make_client
from trainer.tracking.together import MANY, MOST_CALLS, Together, _portions

SettingsOf = Callable[[str, Path], Settings]


class Answer:
    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self.body, self.text = status, body, "{}"

    def json(self) -> Any:
        return self.body


def plain(together: Together) -> Together:
    """The same for a server that does not know the lab's calls."""
    ask = together._request
    together._request = lambda method, path, body: (  # type: ignore[method-assign]
        Answer(404, {}) if path == MANY else ask(method, path, body)
    )
    return together


@pytest.mark.parametrize("kind", [lambda together: together, plain])
def test_calls_are_answered_in_their_order_and_files_arrive_whatever_the_server_is(
    settings_of: SettingsOf, tmp_path: Path, kind: Callable[[Together], Together]
) -> None:
    client = make_client(settings_of("w", tmp_path))
    together = kind(Together(client))
    experiment_id = client.create_experiment(f"together-{kind.__name__}")
    made = together.send([create_run(experiment_id, f"n{number}", 1, {"a": "b"}) for number in range(MOST_CALLS + 5)])
    infos = [answer["run"]["info"] for answer in made if not isinstance(answer, MlflowException)]
    assert [info["run_name"] for info in infos] == [f"n{number}" for number in range(MOST_CALLS + 5)]
    run_id = infos[0]["run_id"]
    file = Upload(run_id, "figures", "a.txt", b"drawn")
    found, missing, sent = together.send([get_run(run_id), get_run("none"), file])
    assert not isinstance(found, MlflowException)
    assert found["run"]["info"]["run_name"] == "n0"
    assert isinstance(missing, MlflowException)
    assert missing.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
    assert sent == {}
    assert [artifact.path for artifact in client.list_artifacts(run_id, "figures")] == ["figures/a.txt"]


def test_requests_stay_small_enough_to_be_answered_in_time() -> None:
    small = [Call("POST", "x")] * (2 * MOST_CALLS + 1)
    assert [len(some) for some in _portions(small)] == [MOST_CALLS, MOST_CALLS, 1]
    large = [Call("POST", "x", {"metrics": [None] * 1000})] * 3
    assert [len(some) for some in _portions(large)] == [1, 1, 1]
    assert list(_portions([])) == []


def test_a_server_that_is_away_is_no_refusal(tmp_path: Path) -> None:
    together = Together(make_client(Settings(mlflow_url="http://127.0.0.1:1")))
    with pytest.raises(MlflowException):
        together.send(log_batches("run", [], tags=[]) or [get_run("a")])
