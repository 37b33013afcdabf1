"""Sends the calls of many runs to MLflow together, and files in parallel.

The lab's own MLflow takes many calls in one request: see `mlflow_server.calls`. Any other MLflow gets each call by
itself, over a few connections that stay open.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlflow.exceptions import MlflowException, RestException
from mlflow.tracking import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request, verify_rest_response

from trainer.tracking.calls import Answer, Call, Upload, Wave

API = "/api/2.0/mlflow/"
MANY = "/evenkeel/calls"
CONNECTIONS = 8
# MLflow has 20 s for an answer. On a busy machine a call takes 0.1 s, and 100 values of a metric take as long.
MOST_CALLS, VALUES_A_CALL = 20, 100


class Together:
    """Sends waves of calls. The calls of one wave must not depend on each other."""

    def __init__(self, client: MlflowClient) -> None:
        self.client = client
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="to-mlflow")
        self._takes_many = True

    def send(self, wave: Wave) -> list[Answer | MlflowException]:
        """The answer to each call of a wave, in order, or why MLflow refused it. Raises MlflowException if a whole
        request failed, since the server is away."""
        uploads: dict[int, Future[Answer | MlflowException]] = {
            place: self._pool.submit(self._upload, each) for place, each in enumerate(wave) if isinstance(each, Upload)
        }
        answers = iter(self._call([each for each in wave if isinstance(each, Call)]))
        return [uploads[place].result() if place in uploads else next(answers) for place in range(len(wave))]

    def _call(self, calls: Sequence[Call]) -> list[Answer | MlflowException]:
        found: list[Answer | MlflowException] = []
        for some in _portions(calls):
            together = self._call_many(some) if self._takes_many else None
            found += self._pool.map(self._call_one, some) if together is None else together
        return found

    def _call_many(self, calls: Sequence[Call]) -> list[Answer | MlflowException] | None:
        """None if this server does not take many calls in one request."""
        body = [{"method": call.method, "path": API + call.path, "body": call.body} for call in calls]
        response = self._request("POST", MANY, body)
        if response.status_code in (404, 405):
            self._takes_many = False
            return None
        answers: list[dict[str, Any]] = verify_rest_response(response, MANY).json()
        return [each["body"] if each["status"] == 200 else _refusal(each) for each in answers]

    def _call_one(self, call: Call) -> Answer | MlflowException:
        path = API + call.path
        try:
            found: Answer = verify_rest_response(self._request(call.method, path, call.body or None), path).json()
            return found
        except MlflowException as error:
            return error

    def _request(self, method: str, path: str, body: Any) -> Any:
        creds = get_default_host_creds(self.client.tracking_uri)
        return http_request(creds, path, method, **({} if body is None else {"json": body}))

    def _upload(self, file: Upload) -> Answer | MlflowException:
        with TemporaryDirectory(prefix="evenkeel-upload-") as folder:
            path = Path(folder) / file.name
            path.write_bytes(file.content)
            try:
                self.client.log_artifact(file.run_id, str(path), file.folder)
            except MlflowException as error:
                return error
            except OSError as error:
                # MLflow's client raises OSError if the server answers an upload with an error.
                return MlflowException(str(error))
        return {}


def _refusal(answer: dict[str, Any]) -> MlflowException:
    body = answer["body"]
    return RestException(body) if isinstance(body, dict) else MlflowException(f"{answer['status']}: {body:.300}")


def _portions(calls: Sequence[Call]) -> Iterator[list[Call]]:
    portion, weight = list[Call](), 0.0
    for call in calls:
        more = 1 + len(call.body.get("metrics", ())) / VALUES_A_CALL
        if portion and weight + more > MOST_CALLS:
            yield portion
            portion, weight = [], 0.0
        portion.append(call)
        weight += more
    if portion:
        yield portion
