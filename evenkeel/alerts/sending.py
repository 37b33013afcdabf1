"""Sends alerts to a webhook.

One sender works at a time: the one that holds the duty in the store. An alert is sent at least once. If the sender dies
after the webhook has answered and before the store knows, it is sent again, with the same `Idempotency-Key`. Whoever
must not act on it twice has to look at that header. Slack does not.
"""

import hashlib
import logging
from html import escape
from typing import Any

import httpx

from evenkeel.alerts.watching import note_news
from evenkeel.records.alerts import Alert
from evenkeel.settings import Settings
from evenkeel.store import Store

log = logging.getLogger(__name__)

DUTY, DUTY_SECONDS = "alerts", 60.0
ALERTS_A_PASS = 20
TIMEOUT_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 10.0, 3600.0


class Sender:
    """Notes what has happened, and sends it to the webhook that the settings name."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings

    def pass_once(self) -> int:
        """Note what is new, and send what is due, unless another sender has the duty.

        A webhook that does not answer, or that refuses, is tried again after a pause, which doubles up to an hour.

        Returns:
            The number of alerts that were sent.
        """
        if self.settings.alert_url is None or not self._has_duty():
            return 0
        note_news(self.store)
        sent = 0
        for alert in self.store.alerts.due(ALERTS_A_PASS):
            if not self._has_duty():
                break
            if (error := self._post(alert)) is None:
                self.store.alerts.mark_sent(alert.id)
                sent += 1
            else:
                pause = min(FIRST_PAUSE_SECONDS * 2.0**alert.tries, LONGEST_PAUSE_SECONDS)
                log.warning("an alert (%s) is sent again in %.0f s: %s", alert.kind, pause, error)
                self.store.alerts.mark_failed(alert.id, error, pause)
        return sent

    def _has_duty(self) -> bool:
        return self.store.duties.hold(DUTY, self.settings.worker_name, DUTY_SECONDS)

    def _post(self, alert: Alert) -> str | None:
        """Send it. Returns what went wrong; None if nothing did. The address is a secret, so it is not repeated."""
        assert self.settings.alert_url is not None
        body, headers = body_of(alert, self.settings.alert_form), {"Idempotency-Key": id_of(alert)}
        try:
            url = self.settings.alert_url.get_secret_value()
            answer = httpx.post(url, json=body, headers=headers, timeout=TIMEOUT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"the webhook of EVENKEEL_ALERT_URL does not answer: {type(error).__name__}"
        return None if answer.is_success else f"the webhook of EVENKEEL_ALERT_URL answered {answer.status_code}"


def id_of(alert: Alert) -> str:
    """The id of an alert, which a repeated one has too: 32 hex digits."""
    return hashlib.sha256(alert.key.encode()).hexdigest()[:32]


def body_of(alert: Alert, form: str) -> dict[str, Any]:
    """The body of the request. form: 'json' or 'slack'."""
    if form == "slack":
        # Slack reads <...> as a link or as a call for everybody, and asks for these three escapes.
        return {"text": escape(alert.text, quote=False)}
    about = {"id": id_of(alert), "kind": alert.kind, "text": alert.text, "created_ms": alert.created_ms}
    return {**about, **alert.facts}
