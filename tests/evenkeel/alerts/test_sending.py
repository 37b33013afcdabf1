"""An alert gets to the webhook, however often that fails at first, and however many senders there are."""

import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr, ValidationError
from records import finish_run, make_cell
from webhooks import Webhook, webhook

from evenkeel.alerts import Sender
from evenkeel.records.alerts import Kind, NewAlert
from evenkeel.schema import alerts
from evenkeel.settings import Settings
from evenkeel.store import Store

CELL = make_cell()


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as hook:
        yield hook


def sender(store: Store, hook: Webhook, name: str = "w", form: str = "json") -> Sender:
    return Sender(store, Settings(alert_url=SecretStr(hook.url), alert_form=form, worker_name=name))  # type: ignore[arg-type]


def note(store: Store, *keys: str) -> None:
    store.alerts.note([NewAlert(key, Kind.RUN_FAILED, f"{key} failed.", {"run": key}) for key in keys])


def wait_no_longer(store: Store) -> None:
    """Make every alert due, as if its pause were over."""
    with store.database.write() as db:
        db.execute(alerts.update().values(next_ms=0))


def test_a_webhook_that_fails_at_first_is_told_everything_once_in_the_end(store: Store, hook: Webhook) -> None:
    hook.answers = [500, None, 429, 302]
    mine = sender(store, hook)
    note(store, "a")
    for _ in range(4):
        assert mine.pass_once() == 0
        assert mine.pass_once() == 0, "there is a pause first"
        wait_no_longer(store)
    assert mine.pass_once() == 1
    wait_no_longer(store)
    assert mine.pass_once() == 0
    assert [told["run"] for told in hook.told] == ["a"]
    assert len(hook.keys) == 5
    assert set(hook.keys) == {hook.told[0]["id"]}, "each try has the same key"


@pytest.mark.slow
def test_the_pauses_grow_up_to_an_hour_and_the_address_is_told_nobody(
    store: Store, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.answers = [503] * 12
    note(store, "a")
    pauses = []
    for _ in range(12):
        wait_no_longer(store)
        sender(store, hook).pass_once()
        with store.database.read() as db:
            row = db.execute(alerts.select().where(alerts.c.key == "a")).one()
        pauses.append(row.next_ms - row.created_ms)
        assert row.error == "the webhook of EVENKEEL_ALERT_URL answered 503"
    assert row.tries == 12
    assert [round(pause / 1000, -1) for pause in pauses[:5]] == [10, 20, 40, 80, 160]
    assert max(pauses) < 3_700_000
    assert "secret-path" not in caplog.text


def test_a_webhook_that_is_not_there_keeps_the_alert(store: Store) -> None:
    settings = Settings(alert_url=SecretStr("http://127.0.0.1:1/secret-path"))
    note(store, "a")
    assert Sender(store, settings).pass_once() == 0
    assert store.alerts.unsent() == 1
    with store.database.read() as db:
        said = db.scalar(alerts.select().with_only_columns(alerts.c.error).where(alerts.c.key == "a"))
    assert said == "the webhook of EVENKEEL_ALERT_URL does not answer: ConnectError"


@pytest.mark.slow
def test_of_many_senders_one_sends_and_another_goes_on_after_it(store: Store, hook: Webhook) -> None:
    note(store, *(f"run-{number}" for number in range(10)))
    senders = [sender(store, hook, f"w{number}") for number in range(4)]
    threads = [threading.Thread(target=each.pass_once) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told["run"] for told in hook.told) == sorted(f"run-{number}" for number in range(10))
    note(store, "later", "run-0")
    assert sum(each.pass_once() for each in senders) == 1
    assert hook.told[-1]["run"] == "later"


def test_an_alert_that_was_sent_and_not_marked_comes_again_with_the_same_key(
    store: Store, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the answer and the mark. This is why it is `at least once`."""
    note(store, "a")
    with monkeypatch.context() as killed:
        killed.setattr(store.alerts, "mark_sent", lambda alert_id: None)
        sender(store, hook).pass_once()
    sender(store, hook).pass_once()
    assert len(hook.told) == 2
    assert len(set(hook.keys)) == 1


def test_the_end_of_an_experiment_is_sent_in_both_forms(store: Store, hook: Webhook) -> None:
    sender(store, hook).pass_once()
    finish_run(store, CELL, 0, [0.1, 0.2, 0.3])
    sender(store, hook).pass_once()
    [told] = hook.told
    assert (told["kind"], told["experiment"], told["runs"], told["converged"]) == ("experiment_finished", "exp", 1, 1)
    note(store, "a")
    sender(store, hook, form="slack").pass_once()
    assert hook.told[-1] == {"text": "a failed."}
    note(store, "<!channel> & <http://evil.example|b>")
    sender(store, hook, form="slack").pass_once()
    assert hook.told[-1] == {"text": "&lt;!channel&gt; &amp; &lt;http://evil.example|b&gt; failed."}


def test_without_an_address_nothing_is_noted(store: Store) -> None:
    finish_run(store, CELL, 0, [0.1, 0.2, 0.3])
    assert Sender(store, Settings()).pass_once() == 0
    assert store.alerts.unsent() == 0
    with pytest.raises(ValidationError, match="must be an address that begins with http:// or https://"):
        Settings(alert_url=SecretStr("hooks.example.com"))
