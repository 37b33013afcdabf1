"""Sends bytes to a real server that no HTTP client would: too many, too slowly, in odd pieces, or with two readings.

`python tests/support/raw_fuzz.py N [SEED]` sends N cases. A case depends only on the seed and its number, so
`python tests/support/raw_fuzz.py --only NUMBER SEED` sends it again. scripts/fuzz runs this too.
"""

import random
import re
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from raw import connect, drip, memory, num_sockets, read_to_end, send, statuses, talk
from raw_shapes import SHAPES
from servers import api_process

from evenkeel.store import Store

LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# The first one may be read as the end of what came before it.
TO_END = LAST * 2
# What the API may say to bytes at random. 500 is a fault, and 200 is the answer to the last request of each case.
ANSWERS = {100, 200, 201, 307, 400, 401, 403, 404, 405, 408, 413, 414, 415, 422, 429, 431, 503, 505}
SETTINGS = {
    **{"EVENKEEL_REQUEST_SECONDS": "0.4", "EVENKEEL_MAX_CONNECTIONS": "60"},
    "EVENKEEL_ANSWER_PROCESSES": "0",  # They would load while the memory is measured.
}
MORE_MEMORY = 100_000_000
AT_ONCE = 8


class Case(NamedTuple):
    """What is sent: the bytes, and how."""

    shape: str
    way: str
    data: bytes


def make_case(seed: int, number: int) -> Case:
    dice = random.Random(f"{seed}:{number}")
    shape = dice.choice(list(SHAPES))
    data = SHAPES[shape](dice)
    if dice.random() < 0.2:
        data = data[: dice.randrange(len(data) + 1)]
    return Case(shape, dice.choice(list(WAYS)), data)


def at_once(url: str, data: bytes, dice: random.Random) -> bytes:
    return talk(url, data + TO_END)


def in_pieces(url: str, data: bytes, dice: random.Random) -> bytes:
    with connect(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = data + TO_END
        while rest and len(rest) < 100_000:
            size = dice.choice((1, 2, 7, 100, 5000))
            if not send(connection, rest[:size]):
                break
            rest = rest[size:]
        send(connection, rest)
        return read_to_end(connection)


def slowly(url: str, data: bytes, dice: random.Random) -> bytes:
    with connect(url) as connection:
        send(connection, data[:-50])
        drip(connection, data[-50:], pause=0.005)
        send(connection, TO_END)
        return read_to_end(connection)


def and_hang_up(url: str, data: bytes, dice: random.Random) -> bytes:
    """End the connection with a reset, as soon as everything is sent."""
    with connect(url) as connection:
        send(connection, data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return b""


def and_say_nothing(url: str, data: bytes, dice: random.Random) -> bytes:
    """Leave the end open: the server must end the connection itself, unless it waits for the next request."""
    with connect(url) as connection:
        send(connection, data)
        connection.settimeout(1.0)
        try:
            return read_to_end(connection)
        except TimeoutError:
            return b""


WAYS: dict[str, Callable[[str, bytes, random.Random], bytes]] = {
    way.__name__: way for way in (at_once, in_pieces, slowly, and_hang_up, and_say_nothing)
}


def run_case(url: str, seed: int, number: int) -> Counter[str]:
    """Send a case, and count its answers. Raises AssertionError if one of them is wrong, or if the server is gone."""
    case = make_case(seed, number)
    told = f"case {number} of seed {seed}: {case.shape} {case.way}, {len(case.data):,} bytes: {case.data[:300]!r}"
    try:
        answer = WAYS[case.way](url, case.data, random.Random(number))
        found = statuses(answer)
        assert set(found) <= ANSWERS, f"{told}: {found}"
        for head in re.findall(rb"HTTP/1\.1 405 .*?\r\n\r\n", answer, re.DOTALL):
            assert re.search(rb"\r\nallow: [A-Z]", head), f"{told}: {head!r}"
        assert statuses(talk(url, LAST)) == [200], f"{told}: /healthz does not answer"
    except OSError as error:
        raise AssertionError(f"{told}: {error!r}") from error
    return Counter(f"{case.shape}: {status}" for status in found or ["none"])


def fuzz_raw(folder: Path, cases: int, seed: int, processes: int = 1) -> Counter[str]:
    """Send the cases to a server of their own, with this many processes, and check that it ends as it began.

    Returns:
        How often a shape got an answer.
    """
    database = f"sqlite:///{folder}/raw.db"
    store = Store(database)
    store.migrate()
    store.close()
    settings = SETTINGS | {"EVENKEEL_API_PROCESSES": str(processes)}
    with api_process(database, folder / "raw.log", **settings) as (url, pid), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(partial(run_case, url, seed), range(-AT_ONCE, 0)))  # They load what is loaded late.
        before = memory(pid), num_sockets(pid)
        counts = sum(pool.map(partial(run_case, url, seed), range(cases)), Counter[str]())
        for _ in range(100):
            if num_sockets(pid) <= before[1] + AT_ONCE:
                break
            time.sleep(0.1)
        after = memory(pid), num_sockets(pid)
    assert after[1] <= before[1] + AT_ONCE, f"{before[1]} sockets were open before, and {after[1]} after"
    assert after[0] - before[0] < MORE_MEMORY, f"{before[0]:,} bytes of memory before, and {after[0]:,} after"
    log = (folder / "raw.log").read_text(errors="surrogateescape")
    assert "Traceback" not in log, log[max(0, log.index("Traceback") - 500) :][:9000]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", log), "a control character is in the log"
    return counts


if __name__ == "__main__":
    only = sys.argv[1] == "--only"
    number, seed = (int(word) for word in [*sys.argv[1 + only :], "1"][:2])
    with tempfile.TemporaryDirectory() as folder:
        if only:
            print(make_case(seed, number))
        else:
            for what, count in sorted(fuzz_raw(Path(folder), number, seed, processes=2).items()):
                print(f"{count:7,}  {what}")
