"""The proxy does to a connection what a bad network does."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from proxy import Proxy, Way

from evenkeel.stack.ports import free_ports


@pytest.fixture
def echo() -> Iterator[int]:
    """A service that sends back what it gets, and its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(caller,), daemon=True).start()

    def answer(caller: socket.socket) -> None:
        with caller:
            try:
                while said := caller.recv(100):
                    caller.sendall(said)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    made = Proxy(free_ports([0])[0], echo, delay_seconds=0.5)
    yield made
    made.close()


def call(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def ask(caller: socket.socket, timeout_seconds: float = 5) -> bytes:
    caller.settimeout(timeout_seconds)
    caller.sendall(b"hello")
    return caller.recv(100)


def test_a_good_network_passes_everything_on(proxy: Proxy) -> None:
    with call(proxy) as caller:
        assert [ask(caller), ask(caller)] == [b"hello", b"hello"]


def test_a_cut_network_resets_old_and_new_connections_and_serves_new_ones_afterwards(proxy: Proxy) -> None:
    with call(proxy) as old:
        ask(old)
        proxy.set(Way.DROP)
        with pytest.raises(OSError):
            assert ask(old) == b"never"
        with pytest.raises(OSError), call(proxy) as new:
            assert ask(new) == b"never"
        proxy.set(Way.PASS)
        with call(proxy) as later:
            assert ask(later) == b"hello"


@pytest.mark.slow
def test_a_slow_network_delivers_late(proxy: Proxy) -> None:
    with call(proxy) as caller:
        ask(caller)
        proxy.set(Way.DELAY)
        started = time.monotonic()
        assert ask(caller) == b"hello"
        assert time.monotonic() - started >= proxy.delay_seconds


@pytest.mark.slow
def test_a_half_open_connection_hears_nothing_and_is_reset_once_the_network_is_back(proxy: Proxy) -> None:
    with call(proxy) as old, call(proxy) as idle:
        ask(old)
        ask(idle)
        proxy.set(Way.SILENT)
        with pytest.raises(TimeoutError):
            ask(old, 0.3)
        with call(proxy) as new, pytest.raises(TimeoutError):
            ask(new, 0.3)
        proxy.set(Way.PASS)
        with pytest.raises(OSError):
            assert ask(old) == b"never"
        with call(proxy) as later:
            assert ask(later) == b"hello"
