"""The demonstrations: they talk to a server over the wire as any user does."""

from .lab8 import run_lab8
from .script import run_demo
from .service import DemoError

__all__ = ["DemoError", "run_demo", "run_lab8"]
