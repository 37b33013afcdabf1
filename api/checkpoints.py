"""Sends the newest checkpoint of a run, from this machine if its workers write here, or else from MLflow."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from evenkeel.lab.context import Lab
from evenkeel.lab.runs import pick_run
from evenkeel.records.checkpoints import find_on_disk, is_copied
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.settings import Settings

# MLflow fetches a file from its own storage, S3 for example, before it sends the first byte.
MLFLOW_TIMEOUT = httpx.Timeout(10.0, read=300.0)


class NoCheckpoint(Exception):
    """The run has no checkpoint, or no checkpoint yet."""


class CheckpointElsewhere(Exception):
    """The API cannot read the run's checkpoint. The message says where it is, and why it cannot be sent."""


async def send_checkpoint(lab: Lab, run_id: str) -> Response:
    """Answer with the file. The ETag is its sha256, in hex.

    Args:
        run_id: The id of the run, or the beginning of it.

    Raises:
        NoSuchRun: The id fits no run, or several.
        NoCheckpoint: The run has no checkpoint.
        CheckpointElsewhere: The API cannot read the checkpoint, or it is not the file that was recorded.
    """
    run, path = await run_in_threadpool(_find, lab, run_id)
    name = quote(f"{run.id[:8]}-{Path(str(run.checkpoint_path)).name}")
    headers = {
        "ETag": f'"{quote(str(run.checkpoint_sha256))}"',
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if path is not None:
        return FileResponse(path, headers=headers, media_type="application/octet-stream")
    return await _relay(lab.settings, run, headers)


def _find(lab: Lab, run_id: str) -> tuple[Run, Path | None]:
    run = pick_run(lab, run_id)
    if run.checkpoint_path is None:
        going = run.status in (Status.QUEUED, Status.RUNNING, Status.PAUSED)
        why = (
            "yet: a worker writes one every few epochs and at the end"
            if going
            else "because it ended before the first one was written"
        )
        raise NoCheckpoint(f"run {run.id!r} has no checkpoint {why}")
    path = find_on_disk(lab.settings.data_dir, run.id, run.checkpoint_path)
    return run, path if path is not None and _is_as_recorded(path, run) else None


def _is_as_recorded(path: Path, run: Run) -> bool:
    """Whether the file has the bytes that were recorded. Another one is not sent."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == run.checkpoint_sha256
    except OSError:
        return False


async def _relay(settings: Settings, run: Run, headers: dict[str, str]) -> Response:
    """Pass on MLflow's copy of the file as it arrives. Raises CheckpointElsewhere."""
    where = (
        f"the checkpoint of epoch {run.checkpoint_epoch} is at {run.checkpoint_path} on the machine of worker "
        f"{run.worker}. The API cannot read it there, or it is not what was written"
    )
    if not is_copied(run):
        raise CheckpointElsewhere(
            f"{where}, and the worker has not sent it to MLflow yet. Try again in a minute. (A worker with "
            "EVENKEEL_CHECKPOINTS=none sends none, and keeps none of a finished run.)"
        )
    client = httpx.AsyncClient(timeout=MLFLOW_TIMEOUT, auth=settings.mlflow_auth)
    asked = {"run_id": run.mlflow_run_id, "path": f"checkpoints/{Path(str(run.checkpoint_path)).name}"}
    try:
        # Without compression, the length that MLflow sends is the length of the file.
        request = client.build_request(
            "GET", f"{settings.mlflow_url}/get-artifact", params=asked, headers={"Accept-Encoding": "identity"}
        )
        answer = await client.send(request, stream=True)
    except httpx.HTTPError as error:
        await client.aclose()
        why = f"MLflow at {settings.mlflow_url}, which has a copy, does not answer: {type(error).__name__}"
        raise CheckpointElsewhere(f"{where}, and {why}") from error
    if not answer.is_success:
        await client.aclose()
        raise CheckpointElsewhere(f"{where}, and MLflow answers {answer.status_code} for its copy")
    if length := answer.headers.get("Content-Length"):
        headers = headers | {"Content-Length": length}
    return Relayed(client, answer, headers)


class Relayed(StreamingResponse):
    """Closes the connection to MLflow at the end, also if the caller goes away before."""

    def __init__(self, client: httpx.AsyncClient, answer: httpx.Response, headers: dict[str, Any]) -> None:
        super().__init__(answer.aiter_raw(), headers=headers, media_type="application/octet-stream")
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._client.aclose()
