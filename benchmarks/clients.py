"""Clients that ask without a pause, and how long they wait for each answer."""

import http.client
import threading
import time

CLIENTS = 50


def load(url: str, method: str, path: str, headers: dict[str, str], body: bytes | None, seconds: float) -> list[float]:
    """Let CLIENTS clients ask for `seconds`. Returns the milliseconds that each answer took.

    Raises:
        AssertionError: If any client had an error.
    """
    host, port = url.removeprefix("http://").split(":")
    until, times, errors = time.monotonic() + seconds, [], []

    def ask() -> None:
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        mine = []
        try:
            while time.monotonic() < until:
                began = time.perf_counter()
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                mine.append(1000 * (time.perf_counter() - began))
                if answer.status != 200:
                    raise OSError(f"{path}: {answer.status}")
        except OSError as error:
            errors.append(error)
        times.extend(mine)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return times


def percentile(times: list[float], share: float) -> float:
    """The time below which `share`, in [0, 1], of all times lie. It is always one of the times."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]
