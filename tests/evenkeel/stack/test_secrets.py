"""Passwords are made once and at random, and each service can read its own."""

import stat
from pathlib import Path

import pytest

from evenkeel.records.keys import Role, split_key
from evenkeel.settings import Settings
from evenkeel.stack.databases import FIRST_KEY, ensure_first_key
from evenkeel.stack.secrets import PASSWORDS, make_secrets
from evenkeel.store import Store

FOLDERS = ("own", "redis", "postgres", "mlflow", "lab", "api")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


def read_all(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.glob("*/*"))}


def test_passwords_are_random_long_and_all_different(root: Path) -> None:
    make_secrets(root)
    words = [(root / "own" / name).read_text() for name in PASSWORDS]
    assert len(set(words)) == len(words)
    assert min(map(len, words)) >= 32


def test_a_second_start_changes_nothing(root: Path) -> None:
    make_secrets(root)
    first = read_all(root)
    make_secrets(root)
    assert read_all(root) == first


def test_a_first_start_that_was_cut_off_is_finished_by_the_next(root: Path) -> None:
    make_secrets(root)
    whole = read_all(root)
    for name in ("redis/redis.conf", "lab/evenkeel_broker_url"):
        (root / name).unlink()
    (root / "redis" / "redis.new").write_text("half")
    make_secrets(root)
    assert read_all(root) | {"redis/redis.new": ""} == whole | {"redis/redis.new": ""}


def test_a_password_that_is_thrown_away_is_made_anew_for_everybody(root: Path) -> None:
    make_secrets(root)
    before = (root / "own" / "redis").read_text()
    (root / "own" / "redis").unlink()
    make_secrets(root)
    after = (root / "own" / "redis").read_text()
    assert before != after
    assert f"requirepass {after}" in (root / "redis" / "redis.conf").read_text()
    assert after in (root / "lab" / "evenkeel_broker_url").read_text()


def test_what_is_secret_from_others_is_readable_by_its_owner_alone(root: Path) -> None:
    make_secrets(root)
    for path in root.glob("*/*"):
        shared = path.parent.name in ("redis", "postgres")
        assert stat.S_IMODE(path.stat().st_mode) == (0o444 if shared else 0o400), path


def test_settings_read_the_secrets_from_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_secrets(root)
    monkeypatch.delenv("EVENKEEL_DATABASE_URL", raising=False)
    settings = Settings(_secrets_dir=str(root / "lab"))  # type: ignore[call-arg]
    assert (root / "own" / "evenkeel").read_text() in settings.database_url
    assert (root / "own" / "redis").read_text() in settings.broker_url
    assert settings.mlflow_password is not None
    assert settings.mlflow_password.get_secret_value() == (root / "own" / "mlflow_ui").read_text()
    assert settings.mlflow_password.get_secret_value() not in repr(settings)
    assert (root / "mlflow" / "password").read_text() == settings.mlflow_password.get_secret_value()


def test_the_first_key_is_let_in_once_and_stays_out_once_revoked(root: Path, store: Store) -> None:
    make_secrets(root)
    key = (root / "api" / "api_key").read_text()
    ensure_first_key(store, key)
    ensure_first_key(store, key)
    [found] = store.keys.all()
    assert (found.name, found.role) == (FIRST_KEY, Role.WRITE)
    assert store.keys.revoke(found.id)
    ensure_first_key(store, key)
    [found] = store.keys.all()
    assert found.revoked_ms is not None
    assert split_key(key) is not None
