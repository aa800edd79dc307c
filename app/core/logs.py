"""Log configuration: one line per record, as text or JSON, on standard error."""

import json
import logging
import logging.config
from datetime import UTC, datetime
from typing import Literal

Form = Literal["json", "text"]
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
FIELDS = ("request_id",)
"""Additional fields of a log record, in this order."""


class JsonLines(logging.Formatter):
    """Log formatter: one JSON object per line, so that text from a client cannot start a new line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def set_up_logs(form: Form) -> None:
    """Configures logging: warnings and errors of all loggers. The access log has a writer of its own."""
    written = {"()": JsonLines} if form == "json" else {"format": TEXT}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": written},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"level": "WARNING", "handlers": ["stderr"]},
        }
    )
