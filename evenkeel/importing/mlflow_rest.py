"""Calls MLflow's REST API, and says what is wrong in words of ours."""

import os
from types import TracebackType
from typing import Any, Self

from evenkeel.importing.problems import ImportProblem, SourceAway

TIMEOUT_SECONDS = 60.0
MOST_POINTS = 25_000  # MLflow sends no more values at once
LONGEST_MESSAGE = 500
RAISES = object()


class Rest:
    """A connection to an MLflow server. It is a context manager."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None, token: str | None = None) -> None:
        """
        Args:
            url: The address of MLflow.
            auth: Name and password, if MLflow asks for them.
            token: A bearer token, if it asks for that.

        Raises:
            ImportProblem: The address has a wrong form.
        """
        import httpx

        if not url.startswith(("http://", "https://")):
            raise ImportProblem(
                "mlflow",
                f"{url!r} is not the address of a server; for a folder or a database, start one first: mlflow server "
                "--backend-store-uri URI",
            )
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx.Client(base_url=self.url, auth=auth, headers=headers, timeout=TIMEOUT_SECONDS)
        except (ValueError, httpx.InvalidURL) as error:
            raise ImportProblem("mlflow", f"is no address of a server: {error}") from error

    @classmethod
    def by_environment(cls, url: str) -> Self:
        """A connection with the login that MLflow's client would use: MLFLOW_TRACKING_USERNAME and
        MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."""
        name, password, token = (
            os.environ.get(f"MLFLOW_TRACKING_{each}") for each in ("USERNAME", "PASSWORD", "TOKEN")
        )
        return cls(url, (name, password) if name and password else None, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def get(self, path: str, query: dict[str, Any], missing: Any = RAISES) -> Any:
        """The answer to a GET request. missing: what to return for a 404. Raises ImportProblem and SourceAway."""
        return self._ask("GET", path, missing, "mlflow", params=query)

    def post(self, path: str, body: dict[str, Any], refused: str = "mlflow") -> Any:
        """The answer to a POST request. refused: which part of the import is wrong if MLflow refuses it. Raises
        ImportProblem and SourceAway."""
        return self._ask("POST", path, RAISES, refused, json=body)

    def _ask(self, method: str, path: str, missing: Any, refused: str, **options: Any) -> Any:
        import httpx

        try:
            answer = self._http.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceAway(f"MLflow does not answer: {error or type(error).__name__}") from error
        if answer.status_code == 404 and missing is not RAISES:
            return missing
        if answer.status_code == 400:
            raise ImportProblem(refused, f"MLflow refuses it: {_message(answer)}")
        if not answer.is_success:
            raise SourceAway(f"MLflow answers {answer.status_code}: {_message(answer)}")
        try:
            return answer.json()
        except ValueError as error:
            raise SourceAway("what answers is no MLflow: its answer is not JSON. Is the address right?") from error


def _message(answer: Any) -> str:
    try:
        said = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        said = answer.text or answer.reason_phrase
    return str(said)[:LONGEST_MESSAGE]
