"""A downloaded file is whole or missing, and it is where the caller asked for it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from evenkeel.client import ApiError, Client, EvenkeelError

WEIGHTS = bytes(range(256)) * 1000
HEADERS = {
    "ETag": f'"{hashlib.sha256(WEIGHTS).hexdigest()}"',
    "Content-Disposition": 'attachment; filename="0123abcd-epoch-0002.pt"',
}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.Response], Client]:
    """A client of an API that always gives the same answer."""

    def make(answer: httpx.Response) -> Client:
        client = Client("http://lab")
        client.close()
        transport = httpx.MockTransport(lambda request: answer)
        monkeypatch.setattr(client, "_http", httpx.Client(transport=transport, base_url=client.url))
        return client

    return make


def test_a_checkpoint_goes_to_the_folder_or_the_file_that_is_named(
    answering: Callable[[httpx.Response], Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for to, expected in (
        (".", "0123abcd-epoch-0002.pt"),
        (tmp_path / "folder", "folder/0123abcd-epoch-0002.pt"),
        ("folder/best.pt", "folder/best.pt"),
    ):
        told: list[tuple[int, int | None]] = []
        answer = httpx.Response(200, content=WEIGHTS, headers=HEADERS)
        path = answering(answer).checkpoint("0123abcd", to, lambda done, total, told=told: told.append((done, total)))
        assert path.resolve() == tmp_path / expected
        assert path.read_bytes() == WEIGHTS
        assert told[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert len(list(tmp_path.rglob("*"))) == 4


def test_a_name_from_the_api_leads_to_no_other_folder(
    answering: Callable[[httpx.Response], Client], tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    for name, expected in (
        ("../up.pt", "up.pt"),
        ("%2Fetc%2Fx.pt", "x.pt"),
        ("..", "checkpoint.pt"),
        ("", "checkpoint.pt"),
    ):
        headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
        answer = httpx.Response(200, content=WEIGHTS, headers=headers)
        assert answering(answer).checkpoint("0123abcd", inside) == inside / expected
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_what_arrives_damaged_is_refused_and_what_was_there_stays(
    answering: Callable[[httpx.Response], Client], tmp_path: Path
) -> None:
    (tmp_path / "best.pt").write_text("earlier")
    answer = httpx.Response(200, content=WEIGHTS[:-1], headers=HEADERS)
    with pytest.raises(EvenkeelError, match="the download has the sha256"):
        answering(answer).checkpoint("0123abcd", tmp_path / "best.pt")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("best.pt", "earlier")]


def test_a_folder_that_is_not_there_is_told_before_anything_is_fetched(
    answering: Callable[[httpx.Response], Client], tmp_path: Path
) -> None:
    answer = httpx.Response(500)
    with pytest.raises(EvenkeelError, match=f"{tmp_path}/none/best.pt: there is no folder {tmp_path}/none"):
        answering(answer).checkpoint("0123abcd", tmp_path / "none" / "best.pt")


def test_a_refusal_is_told_as_of_every_call(answering: Callable[[httpx.Response], Client], tmp_path: Path) -> None:
    answer = httpx.Response(409, json={"detail": "it is elsewhere"})
    with pytest.raises(ApiError, match="it is elsewhere") as refused:
        answering(answer).checkpoint("0123abcd", tmp_path)
    assert refused.value.status == 409
