"""Logs: lines for people, or one JSON object a line. A JSON line also names the request that it belongs to, if there is
one.

Nobody can forge a line, and no line does anything to the terminal that shows it: what a terminal obeys is escaped in
every value. In the form for people, the lines of a traceback are indented, so a record begins at each line that is not.
"""

import logging
import logging.config
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from evenkeel.printable import printable, printable_lines

request_id: ContextVar[str] = ContextVar("request_id", default="")

SILENT = {"handlers": [], "propagate": False}
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"
# These have lines of their own.
OF_SEVERAL_LINES = ("exc_info", "stack_info")
# uvicorn repeats its messages with colours.
REPEATED = "color_message"


class _NamesRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class LinesForPeople(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.message, record.asctime = record.getMessage(), self.formatTime(record, self.datefmt)
        trace = self.formatException(record.exc_info) if record.exc_info else record.exc_text
        below = "\n".join(text for text in (trace, record.stack_info) if text)
        lines = [f"    {line}" for line in printable_lines(below).split("\n")] if below else []
        return "\n".join([printable(self.formatMessage(record)), *lines])


class LinesOfJson(JsonFormatter):
    """JSON would escape most of this too, but whoever reads the value gets the character back."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {
            printable(name): _printable_within(value, printable_lines if name in OF_SEVERAL_LINES else printable)
            for name, value in super().process_log_record(log_data).items()
        }


def _printable_within(value: Any, escape: Callable[[str], str]) -> Any:
    """The value with every text in it escaped."""
    match value:
        case str():
            return escape(value)
        case dict():
            return {printable(str(name)): _printable_within(held, escape) for name, held in value.items()}
        case list() | tuple():
            return [_printable_within(held, escape) for held in value]
        case None | bool() | int() | float():
            return value
    return escape(str(value))


def configure_logging(form: Literal["text", "json"]) -> None:
    """Log to standard error, from level INFO on. uvicorn's own handlers are removed."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": _NamesRequest}},
            "formatters": {
                "text": {"()": LinesForPeople, "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
                "json": {
                    "()": LinesOfJson,
                    "format": FIELDS,
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                    "reserved_attrs": [*RESERVED_ATTRS, REPEATED],
                },
            },
            "handlers": {"all": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request"]}},
            "root": {"level": "INFO", "handlers": ["all"]},
            # The API writes an access log of its own.
            "loggers": {"uvicorn": {"handlers": []}, "uvicorn.error": {"handlers": []}, "uvicorn.access": SILENT},
        }
    )
    # The access log and the callers already log each call.
    logging.getLogger("httpx").setLevel(logging.WARNING)
