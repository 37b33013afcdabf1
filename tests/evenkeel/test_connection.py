"""A connection refuses impossible addresses, keys and names, and it notices if a server is not Evenkeel's."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

import evenkeel.connection
from evenkeel import ApiError, Client, EvenkeelError

ANSWERS = {
    "/page/experiments": (200, "<html>hello</html>"),
    "/object/experiments": (200, '{"experiments": []}'),
    "/proxy/experiments": (502, "<html>Bad Gateway</html>"),
    "/listed/experiments": (500, "[1]"),
}


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """A server that is not Evenkeel's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = ANSWERS[self.path]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Write no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["page", "object"])
def test_an_answer_that_is_not_the_apis_is_told_apart(stranger: str, path: str) -> None:
    with Client(f"{stranger}/{path}") as client, pytest.raises(EvenkeelError, match="not as Evenkeel's API does"):
        client.experiments()


@pytest.mark.parametrize(("path", "status"), [("proxy", "502 Bad Gateway"), ("listed", "500 Internal Server Error")])
def test_an_error_that_is_not_the_apis_is_told_by_its_status(stranger: str, path: str, status: str) -> None:
    with Client(f"{stranger}/{path}") as client, pytest.raises(ApiError) as caught:
        client.experiments()
    assert str(caught.value) == f"{stranger}/{path} answered {status} to GET /experiments"


@pytest.mark.parametrize(
    "url",
    [
        *("foo", "http://", "http://[", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://a b"),
        *("ftp://x", "http://x/?a=b", "http://x/#a", "127.0.0.1:8000"),
    ],
)
def test_what_is_not_an_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(EvenkeelError, match=r"is not the address of an API; write it like http://127.0.0.1:8000"):
        Client(url)


@pytest.mark.parametrize("key", ["a\nb", "schl\u00fcssel", "a b"])
def test_what_is_not_a_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(EvenkeelError, match=r"^the API key \(EVENKEEL_API_KEY\) has a character that keys never have$"):
        Client("http://127.0.0.1:1", api_key=key)


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "zz://b")
    with pytest.raises(EvenkeelError, match="proxy that cannot be used: Unknown scheme"):
        Client("http://127.0.0.1:1")


@pytest.mark.parametrize("name", ["", "..", "a/b", "\udcff", "a" * 65])
def test_a_name_that_no_experiment_has_is_refused_before_anything_is_asked(name: str) -> None:
    with Client("http://127.0.0.1:1") as client:
        for call in (client.experiment, client.runs, client.cancel, client.retry, client.share):
            with pytest.raises(EvenkeelError, match="a name has 1 to 64 letters, digits"):
                call(name)


def test_httpx_is_whole_for_whoever_uses_it_after_a_client() -> None:
    code = "import sys, evenkeel; evenkeel.Client('http://127.0.0.1:1'); assert 'httpx._main' not in sys.modules; "
    code += "import httpx, httpx._main; assert httpx.Client and httpx._main.main"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_a_question_that_comes_too_early_is_asked_again_after_the_pause_that_the_api_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "2"})] * 2 + [httpx.Response(200, json={"effects": 1})]
    pauses = list[float]()
    monkeypatch.setattr(evenkeel.connection.time, "sleep", pauses.append)
    with Client("http://127.0.0.1:1") as client:
        monkeypatch.setattr(client._http, "request", lambda *_, **__: answers.pop(0))
        assert client.effects() == {"effects": 1}
        assert pauses == [2.0, 2.0]
        # A post that is refused stays refused: the quota passes only when runs end.
        answers += [httpx.Response(429, headers={"Retry-After": "2"}, json={"detail": "too many"})]
        with pytest.raises(ApiError, match="too many"):
            client.submit({})


def test_a_question_is_not_asked_again_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evenkeel.connection.time, "sleep", lambda _: None)
    with Client("http://127.0.0.1:1") as client:
        monkeypatch.setattr(client._http, "request", lambda *_, **__: httpx.Response(429, json={"detail": "busy"}))
        with pytest.raises(ApiError, match="busy"):
            client.effects()
