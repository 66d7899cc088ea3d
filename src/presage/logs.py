"""How logs look: one line an event; JSON for machines, colours for a person at a terminal."""

import sys

import orjson
import structlog


def configure_logs() -> None:
    """Send the logs of this process to standard error."""
    is_terminal = sys.stderr.isatty()
    if is_terminal:
        shape: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer()]
        factory = structlog.PrintLoggerFactory(sys.stderr)
    else:
        shape = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(orjson.dumps)]
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
