"""What comes through the door of a real server, and what does not."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from raw import connect, drip, memory, num_sockets, read_to_end, send, statuses, talk

from .conftest import MAX_CONNECTIONS, Door

pytestmark = pytest.mark.stack

GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /experiments HTTP/1.1\r\nHost: localhost\r\n"
HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = 1_000_000
ASK = GET + HOST + b"\r\n"
LAST = GET + HOST + CLOSE + b"\r\n"


def healthy(door: Door) -> bool:
    return statuses(talk(door.url, LAST)) == [200]


TOO_MUCH = {
    "headers without end": (GET + b"a:b\r\n" * MEGABYTE, 431),
    "one header without end": (GET + b"a: " + b"b" * 5 * MEGABYTE, 431),
    "the name of a header without end": (GET + b"a" * 5 * MEGABYTE, 431),
    "more headers than a hundred": (GET + HOST + b"a:b\r\n" * 100 + b"\r\n", 431),
    "headers that are whole and too large": (GET + HOST + b"a: " + b"b" * 33_000 + b"\r\n\r\n", 431),
    "a long URL": (b"GET /" + b"a" * 16_384 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a URL without end": (b"GET /" + b"a" * 5 * MEGABYTE, 431),
    "a body that says that it is large": (POST + b"Content-Length: 9999999\r\n\r\n", 413),
    "the same, and asks whether it may come": (POST + b"Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", 413),
    "chunks without end": (POST + CHUNKED + (b"2710\r\n" + b"x" * 10_000 + b"\r\n") * 500, 413),
    "tiny chunks without end": (POST + CHUNKED + b"1\r\n \r\n" * 200_000, 413),
    "an extension of a chunk without end": (POST + CHUNKED + b"1;" + b"a" * MEGABYTE, 413),
    "headers after the body without end": (POST + CHUNKED + b"0\r\n" + b"a:b\r\n" * 300_000, 413),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_refused_and_takes_no_memory(door: Door, what: str) -> None:
    sent, status = TOO_MUCH[what]
    before = memory(door.pid)
    answer = talk(door.url, sent)
    assert statuses(answer) == [status]
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["status"] == status
    assert memory(door.pid) - before < 20 * MEGABYTE
    assert healthy(door)


NOT_HTTP = {
    "a length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding after chunked": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a line that ends with LF": GET + b"Host: localhost\n\r\n\r\n",
    "a line that ends with CR": GET + b"Host: localhost\rX: y\r\n\r\n",
    "a header of two lines": GET + HOST + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": GET + b"Host : localhost\r\n\r\n",
    "no character": GET + HOST + b"X: a\x00b\r\n\r\n",
    "no method": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "another server's address": b"GET http://elsewhere.example/healthz HTTP/1.1\r\n" + HOST + b"\r\n",
    "no path": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tunnel": b"CONNECT localhost:22 HTTP/1.1\r\n" + HOST + b"\r\n",
    "two hosts": GET + HOST + b"Host: elsewhere.example\r\n" + CLOSE + b"\r\n",
    "no host": GET + CLOSE + b"\r\n",
}


@pytest.mark.parametrize("what", NOT_HTTP)
def test_what_two_servers_could_read_in_two_ways_is_refused(door: Door, what: str) -> None:
    answer = talk(door.url, NOT_HTTP[what])
    assert statuses(answer) == [400]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["title"] == "Bad Request"


@pytest.mark.parametrize("version", [b"", b" HTTP/0.9", b" HTTP/2.0"])
def test_another_version_is_refused(door: Door, version: bytes) -> None:
    assert statuses(talk(door.url, b"GET /healthz" + version + b"\r\n" + HOST + b"\r\n")) == [505]


SLOW = {
    "nothing": (b"", []),
    "an empty line": (b"\r\n", [408]),
    "half a line": (b"GET /heal", [408]),
    "half of the headers": (GET + HOST + b"X: ", [408]),
    "half of a body": (POST + b"Content-Length: 9\r\n\r\n{", [408]),
    "half of a body in chunks": (POST + CHUNKED + b"9\r\n{", [408]),
    "half of the headers after a body": (POST + CHUNKED + b"0\r\na:", [408]),
    "half of a second request": (ASK + GET, [200, 408]),
}


def test_a_connection_that_stops_half_way_is_ended(door: Door) -> None:
    with ThreadPoolExecutor(len(SLOW)) as pool:
        found = pool.map(lambda slow: statuses(talk(door.url, slow[0])), SLOW.values())
        assert dict(zip(SLOW, found, strict=True)) == {what: expected for what, (_, expected) in SLOW.items()}


def test_empty_lines_keep_no_idle_connection_open(door: Door) -> None:
    with connect(door.url) as connection:
        send(connection, ASK)
        assert statuses(connection.recv(65536)) == [200]
        send(connection, b"\r\n")
        assert statuses(read_to_end(connection)) == [408]


DRIPS = {
    "the head": (b"", GET + b"X: " + b"a" * 9999),
    "the body": (POST + b"Content-Length: 10000\r\n\r\n", b" " * 9999),
    "an extension of a chunk": (POST + CHUNKED + b"1;", b"a" * 9999),
    "empty lines": (b"", b"\r\n" * 5000),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_request_that_comes_byte_by_byte_is_ended_although_it_never_stops(door: Door, what: str) -> None:
    at_once, slowly = DRIPS[what]
    with connect(door.url) as connection:
        send(connection, at_once)
        drip(connection, slowly)
        assert statuses(read_to_end(connection)) == [408]


def test_half_a_body_is_not_taken_for_a_whole_one(door: Door) -> None:
    body = b'{"name": "half", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1}'
    head = POST + f"Content-Length: {len(body) + 9}\r\nContent-Type: application/json\r\n\r\n".encode()
    assert statuses(talk(door.url, head + body)) == [408]
    with connect(door.url) as connection:
        send(connection, head + body)
    found = talk(door.url, b"GET /experiments HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    assert found.endswith(b"[]")


def test_a_request_in_pieces_and_one_behind_the_other_are_answered_in_order(door: Door) -> None:
    with connect(door.url) as connection:
        for piece in (ASK[:5], ASK[5:30], ASK[30:] + ASK + LAST[:20], LAST[20:]):
            send(connection, piece)
        assert statuses(read_to_end(connection)) == [200, 200, 200]


def test_what_follows_a_request_that_goes_on_does_not_pass_for_its_answer(door: Door) -> None:
    """Another status in front of the answer would be taken for it."""
    ready = b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n"
    for next_one in (b"\x00\r\n\r\n", GET + b"a:b\r\n" * 200 + b"\r\n", b"GET / HTTP/2.0\r\n\r\n"):
        assert statuses(talk(door.url, ready + next_one)) == [503]


def test_a_client_that_stays_after_a_refusal_is_told_nothing_more(door: Door) -> None:
    with connect(door.url) as connection:
        send(connection, ASK[:20])
        send(connection, b"\x00" * 20)
        assert statuses(read_to_end(connection)) == [400]
        drip(connection, b"a" * 100)
    assert healthy(door)
    assert "Traceback" not in door.log.read_text()


def test_a_client_that_leaves_with_two_requests_under_way_leaves_no_fault_in_the_log(door: Door) -> None:
    for _ in range(20):
        with connect(door.url) as connection:
            send(connection, b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n" + ASK * 3)
    assert healthy(door)
    assert "Traceback" not in door.log.read_text()


def test_the_body_of_a_request_that_waits_behind_another_may_come_later(door: Door) -> None:
    with connect(door.url) as connection:
        send(connection, b"GET /tasks HTTP/1.1\r\n" + HOST + b"\r\n" + POST + CLOSE + b"Content-Length: 9\r\n\r\n{")
        send(connection, b"}       ")
        assert statuses(read_to_end(connection)) == [200, 422]


def test_thousands_of_requests_in_one_piece_are_not_all_kept(door: Door) -> None:
    before = memory(door.pid)
    assert set(statuses(talk(door.url, ASK * 20_000))) <= {200}
    assert memory(door.pid) - before < 20 * MEGABYTE
    assert healthy(door)


def test_a_header_after_the_body_is_no_header_of_the_request(door: Door) -> None:
    answer = talk(door.url, POST + CLOSE + CHUNKED + b"2\r\n{}\r\n0\r\nHost: elsewhere.example\r\nHost: x\r\n\r\n")
    assert statuses(answer) == [422]


def test_a_header_after_the_body_can_end_the_connection(door: Door) -> None:
    assert statuses(talk(door.url, POST + CHUNKED + b"0\r\nConnection: close\r\n\r\n" + ASK)) == [422]


def test_a_request_for_another_protocol_is_answered_as_if_it_had_not_asked(door: Door) -> None:
    for protocol in (b"websocket", b"h2c"):
        asked = GET + HOST + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
        assert statuses(talk(door.url, asked + b"\x81\x05hello" * 10)) == [200]


def test_a_caller_may_ask_before_it_sends_its_body(door: Door) -> None:
    with connect(door.url) as connection:
        send(connection, POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert statuses(connection.recv(1000)) == [100]
        send(connection, b"{}")
        assert statuses(read_to_end(connection)) == [422]


def test_the_door_stays_open_while_others_hold_every_place(door: Door) -> None:
    held = [connect(door.url) for _ in range(3 * MAX_CONNECTIONS)]
    try:
        for k, connection in enumerate(held):
            send(connection, GET + b"X: " if k % 2 else b"")
            if k % 10 == 0:
                assert healthy(door)
        assert num_sockets(door.pid) < MAX_CONNECTIONS + 10
    finally:
        for connection in held:
            connection.close()


def test_every_refusal_is_logged_in_one_line_that_says_who_and_why(door: Door) -> None:
    assert statuses(talk(door.url, b"GET /x%0d%0aFAKE%1b[31m HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")) == [404]
    lines = door.log.read_text().splitlines()
    assert any(re.search(r"INFO api\.door: refused 127\.0\.0\.1: 431 the headers may have", line) for line in lines)
    assert any(r"GET /x\x0d\x0aFAKE\x1b[31m 404" in line for line in lines)
    assert not any(line.startswith("FAKE") or "\x1b" in line for line in lines)
