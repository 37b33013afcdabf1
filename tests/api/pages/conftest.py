"""A filled lab for the tests of pages, and browsers that call it without a network."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from filled import fill_lab
from servers import NO_BROKER, NO_MLFLOW, add_key

from api.app import create_app
from api.pages.tokens import FIELD
from evenkeel.records.keys import Role
from evenkeel.settings import Settings
from evenkeel.store import Store

SignIn = Callable[..., str]
TOKEN = re.compile(rf'name="{FIELD}" value="(\w+)"')


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A store with the lab of `filled`, for tests to copy."""
    path = tmp_path_factory.mktemp("filled") / "lab.db"
    shutil.copy(migrated_file, path)
    with closing(Store(f"sqlite:///{path}")) as store:
        fill_lab(store)
    return path


@pytest.fixture
def filled_store(tmp_path: Path, filled_file: Path) -> Iterator[Store]:
    """A store of one's own with the lab of `filled`."""
    shutil.copy(filled_file, tmp_path / "filled.db")
    with closing(Store(f"sqlite:///{tmp_path}/filled.db")) as store:
        yield store


class Browser(TestClient):
    """A browser without scripts: it keeps cookies, follows no redirect, and sends forms with the token of the page."""

    def token(self, page: str) -> str:
        """The token of the forms on a page."""
        found = TOKEN.search(self.get(page).text)
        assert found is not None, f"{page} has no form"
        return found[1]

    def submit(self, action: str, page: str, **fields: str):  # type: ignore[no-untyped-def]
        """Send a form of a page."""
        return self.post(action, data={FIELD: self.token(page)} | fields)

    def sign_in(self, key: str, leads_to: str = "/ui/keys"):  # type: ignore[no-untyped-def]
        return self.submit("/ui/sign-in", f"/ui/sign-in?next={leads_to}", key=key, next=leads_to)


def browser_on(url: str, base_url: str = "http://localhost", **settings: str) -> Browser:
    chosen = Settings(
        answer_processes=0, database_url=url, broker_url=NO_BROKER, mlflow_url=NO_MLFLOW, max_in_flight=50, **settings
    )
    return Browser(create_app(chosen), base_url=base_url, client=("127.0.0.1", 1), follow_redirects=False)


@pytest.fixture
def browser(filled_store: Store, tmp_path: Path) -> Iterator[Browser]:
    """A browser on a filled lab without keys."""
    with browser_on(f"sqlite:///{tmp_path}/filled.db") as browser:
        yield browser


@pytest.fixture
def signed_in(browser: Browser, filled_store: Store, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Makes a key and signs the browser in with it. Returns the key. The app looks at its keys anew each time."""
    monkeypatch.setattr("api.keyring.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("api.keyring.LOOK_AGAIN_SECONDS", 0.0)

    def sign_in(role: Role = Role.WRITE) -> str:
        key = add_key(filled_store, role, f"{role} key")
        assert browser.sign_in(key).status_code == 303
        return key

    return sign_in
