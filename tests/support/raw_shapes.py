"""Shapes of requests for `raw_fuzz`, each made by throwing dice."""

import random
from collections.abc import Callable

GET, POST = b"GET /healthz HTTP/1.1\r\n", b"POST /experiments HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
PATHS = [
    *("/healthz", "/experiments", "/experiments/demo", "/summary?arch=x", "/docs", "/openapi.json", "/nope", "//"),
    *("/a%00", "/%", "/x%1b%5b31m", "/%e2%80%ae", "/experiments/%0d%0aSet-Cookie:%20a", "/../etc/passwd", "/tasks#a"),
    *("/static-offline-docs/../../api/app.py", "/experiments/a/cells/b", "/runs/1/cancel", "/summary/figure.svg"),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "FOO", "CONNECT"]
VERSIONS = ["HTTP/1.1"] * 6 + ["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", ""]
HOSTS = ["localhost"] * 6 + ["localhost:80", "[::1].evil", "localhost:80@evil", "evil", "", "127.0.0.1", "localhost\tx"]
FRAMINGS = [
    *("Content-Length: 5", "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: 0x5", "Content-Length: -1"),
    *("Content-Length: 99999999999999999999", "Content-Length:5", "Content-Length : 5", "Content-Length: 4\r\n 5"),
    *("Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity"),
    *("Transfer-Encoding:\x0bchunked", "transfer-encoding: CHUNKED", "Transfer-Encoding: gzip, chunked"),
    *("Transfer-Encoding : chunked", "X: a\nTransfer-Encoding: chunked", "Transfer-Encoding: identity"),
    *("Connection: close", "Connection: Upgrade\r\nUpgrade: websocket", "Upgrade: h2c\r\nConnection: upgrade"),
    *("Expect: 100-continue", "TE: trailers"),
]
OTHERS = ["Origin: http://localhost", "Origin: null", "Origin: x", "X-Request-ID: \x1b[31m", "Host: second"]
BODIES = [b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\na: b\r\n\r\n", b"hello", b""]
SMUGGLED = b"GET /experiments/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
STRANGE = [b"\r", b"\n", b"\x00", b"\x7f", b"\xff", b":", b" ", b"\r\n\r\n"]
CHUNKED = POST + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE = HOST + b"Content-Length: 9999999\r\n\r\n"
# What a flood begins with, and what it consists of.
FLOODS = [
    *((GET, b"a:b\r\n"), (GET + b"a: ", b"b"), (GET, b"a"), (b"GET /", b"a"), (b"", b"\r\n"), (b"", b"G")),
    *((CHUNKED, b"1\r\n \r\n"), (CHUNKED + b"1;", b"a"), (CHUNKED + b"0\r\n", b"a:b\r\n"), (CHUNKED, b"0")),
    *((GET + LARGE, b"x"), (POST + LARGE, b"x"), (GET + HOST + b"Cookie: ", b"\xff")),
]


def request(dice: random.Random) -> bytes:
    """A request that may be right in all its parts."""
    lines = [f"{dice.choice(METHODS)} {dice.choice(PATHS)} {dice.choice(VERSIONS)}", f"Host: {dice.choice(HOSTS)}"]
    lines += dice.choices([*FRAMINGS, *OTHERS], k=dice.randrange(4))
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def smuggling(dice: random.Random) -> bytes:
    """A body with two readings, in one of which a request is hidden."""
    headers = "\r\n".join(dice.sample(FRAMINGS, dice.randint(1, 3))).encode("latin-1")
    return POST + HOST + headers + b"\r\n\r\n" + dice.choice(BODIES) + SMUGGLED


def mutated(dice: random.Random) -> bytes:
    """A request with some bytes changed, left out or put in."""
    data = bytearray(POST + HOST + b"Content-Type: application/json\r\nContent-Length: 13\r\n\r\n" + b'{"name": "a"}')
    for _ in range(dice.randint(1, 8)):
        place = dice.randrange(len(data))
        data[place : place + dice.randrange(3)] = dice.choice([*STRANGE, dice.randbytes(1)])
    return bytes(data)


def noise(dice: random.Random) -> bytes:
    return dice.randbytes(dice.choice([1, 10, 1000, 100_000]))


def flood(dice: random.Random) -> bytes:
    """Something of which there should be little, and of which there is very much."""
    begins, one = dice.choice(FLOODS)
    return begins + one * (dice.choice([1000, 40_000, 600_000, 3_000_000]) // len(one))


def pipeline(dice: random.Random) -> bytes:
    """Many requests one behind the other, and something else at the end."""
    return (GET + HOST + b"\r\n") * dice.choice([2, 15, 18, 1000]) + dice.choice([b"", b"\x00", GET, request(dice)])


SHAPES: dict[str, Callable[[random.Random], bytes]] = {
    shape.__name__: shape for shape in (request, smuggling, mutated, noise, flood, pipeline)
}
