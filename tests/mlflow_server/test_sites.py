"""A page of another site gets nothing from the password that the browser remembers."""

import pytest

from mlflow_server.sites import is_from_another_site

OPENS_A_TAB = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def asked(method: str = "GET", **headers: str) -> bool:
    found = {"host": "localhost:5000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {"method": method, "headers": [(name.encode(), value.encode()) for name, value in found.items()]}
    return is_from_another_site(scope)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_clients_and_mlflows_own_pages_are_let_through(method: str) -> None:
    assert not asked(method)
    assert not asked(method, sec_fetch_site="none")
    assert not asked(method, sec_fetch_site="same-origin", origin="https://a-proxy-in-front")
    assert not asked(method, origin="http://localhost:5000")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_what_another_page_asks_for_is_refused_also_that_of_another_port(method: str, site: str) -> None:
    for how in ({}, {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, OPENS_A_TAB | {"sec-fetch-dest": "iframe"}):
        assert asked(method, sec_fetch_site=site, **how)


def test_a_link_on_another_page_opens_mlflow_but_a_form_there_sends_nothing() -> None:
    assert not asked("GET", sec_fetch_site="cross-site", **OPENS_A_TAB)
    assert asked("POST", sec_fetch_site="cross-site", **OPENS_A_TAB)


@pytest.mark.parametrize(
    "origin", ["http://localhost:5001", "http://localhost", "https://evil.example", "null", "http://x@localhost:5000"]
)
def test_without_sec_fetch_site_the_origin_decides(origin: str) -> None:
    assert asked("POST", origin=origin)
