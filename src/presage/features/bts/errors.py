"""What can be wrong with a transform, and with one expression of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a document.

    Parameters
    ----------
    error : Blurr's name for this kind of fault, such as `RequiredAttributeError`
    path : the part, names joined by dots
    attribute : which attribute of the part; "" for the part itself
    reason : Blurr's word for the closer reason, where it has one
    """

    error: str
    path: str
    attribute: str
    message: str
    reason: str = ""

    def __str__(self) -> str:
        where = ": ".join(word for word in (self.path, self.attribute) if word)
        return f"{where}: {self.error}: {self.message}"


class TransformError(ValueError):
    """A document, an event or an expression with which a run cannot go on."""


class DocumentError(TransformError):
    """A document with faults: all of them at once."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class ExpressionError(ValueError):
    """A text that is no expression of the safe subset of Python; says what is not allowed."""


class StoppedError(Exception):
    """An expression that must not be answered by "no value": the run stops, and says why.

    Any other exception within an expression leaves its field as it was, as Blurr does.
    """


class MissingFieldError(StoppedError):
    """A field that its aggregate does not have."""

    def __init__(self, owner: str, field: str, known: list[str]) -> None:
        super().__init__(f"{owner} has no field {field!r}; it has: {', '.join(known) or 'none'}")


FATAL = (StoppedError, NameError)
"""What stops a run when an expression raises it."""
