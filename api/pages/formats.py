"""The filters of the templates: how numbers, times and names are written. Each takes what an answer has."""

import datetime
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from evenkeel.grids.levels import show
from evenkeel.reports.formats import UNKNOWN, number, p_value, short, with_interval

STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def percent(share: float | None, digits: int = 0) -> str:
    """0.25 -> '25 %'."""
    return UNKNOWN if share is None else f"{100 * share:.{digits}f} %"


def count(value: int | None) -> str:
    """12345 -> '12,345'."""
    return UNKNOWN if value is None else f"{value:,}"


def plural(value: int, one: str, many: str = "") -> str:
    """(1, 'run') -> '1 run'; (3, 'run') -> '3 runs'."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def clock(seconds: float | None) -> str:
    """Seconds as a clock shows them: 3909 -> '1:05:09', 9.2 -> '0:09', 200000 -> '2 days 7:33:20'."""
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    shown = f"{hours}:{minutes:02}:{rest:02}" if hours or days else f"{minutes}:{rest:02}"
    return f"{plural(days, 'day')} {shown}" if days else shown


def roughly(seconds: float | None) -> str:
    """A time that nobody knows exactly, as a person says it: 44 -> '40 seconds', 250 -> '4 minutes', 5400 -> '1.5
    hours'."""
    if seconds is None:
        return UNKNOWN
    if seconds < 90:
        return plural(max(1, int(round(seconds, -1 if seconds > 20 else 0))), "second")
    for unit, length, largest in (("minute", 60, 90), ("hour", 3_600, 36)):
        if (number := seconds / length) < largest:
            return plural(round(number), unit) if number >= 5 else f"{number:.2g} {unit}s"
    return f"{seconds / 86_400:.2g} days"


def size(num_bytes: float | None) -> str:
    """Bytes as a person says them: '1.2 GB'."""
    if num_bytes is None:
        return UNKNOWN
    for unit in ("B", "kB", "MB", "GB"):
        if abs(num_bytes) < 1000:
            return f"{short(num_bytes)} {unit}"
        num_bytes /= 1000
    return f"{short(num_bytes)} TB"


def moment(at_ms: int | None) -> Markup:
    """A time in UTC that the browser's script shows in the reader's zone. `at_ms`: milliseconds since 1970 (UTC)."""
    if at_ms is None:
        return Markup(UNKNOWN)
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC)
    text = f"{at:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", text)


def ago(at_ms: int | None, now_ms: int) -> Markup:
    """How long ago it was, as a <time> whose title is the moment itself."""
    if at_ms is None:
        return Markup(UNKNOWN)
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC)
    title, text = f"{at:%Y-%m-%d %H:%M:%S} UTC", since(max(0.0, (now_ms - at_ms) / 1000))
    when = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(when, title, text)


def since(seconds: float) -> str:
    """'just now', '12 seconds ago', '3 hours ago'."""
    for unit, length in STEPS:
        if seconds >= 2 * length or (unit == "second" and seconds >= 1):
            return f"{plural(int(seconds // length), unit)} ago"
    return "just now"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text that was wrapped: an empty line divides two of them."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def path(*parts: object) -> str:
    """An address of these parts, each quoted: path('ui', 'experiments', 'a/b') -> '/ui/experiments/a%2Fb'."""
    return "/" + "/".join(quote(str(part), safe="") for part in parts)


def query(values: Iterable[tuple[str, Any]] | dict[str, Any]) -> str:
    """'?a=1&b=2'; '' without values. None is left out, and a list has its name once for each value."""
    pairs = values.items() if isinstance(values, dict) else values
    text = urlencode([(name, value) for name, value in pairs if value is not None], doseq=True)
    return f"?{text}" if text else ""


FILTERS = {
    "number": number,
    "short": short,
    "with_interval": with_interval,
    "p_value": p_value,
    "percent": percent,
    "count": count,
    "plural": plural,
    "clock": clock,
    "roughly": roughly,
    "size": size,
    "moment": moment,
    "ago": ago,
    "since": since,
    "paragraphs": paragraphs,
    "level": show,
}
GLOBALS = {"path": path, "query": query}
