"""Logs: lines for people, or one JSON object a line. A JSON line also names the request that it belongs to, if there is
one."""

import logging
import logging.config
from contextvars import ContextVar
from typing import Literal

request_id: ContextVar[str] = ContextVar("request_id", default="")

SILENT = {"handlers": [], "propagate": False}
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s"


class _NamesRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def configure_logging(form: Literal["text", "json"]) -> None:
    """Log to standard error, from level INFO on. uvicorn's own handlers are removed."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": _NamesRequest}},
            "formatters": {
                "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": FIELDS,
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
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
