"""The errors that a caller can meet: the eight codes that the service models name, one class each.

The class name is the code on the wire. Status and body depend on the service and are `wire`'s business. A
message names the value, what is wrong with it, and what would be right.
"""

from collections.abc import Sequence

_MOST_SHOWN_CHARACTERS = 100
_MOST_SHOWN_VALUES = 10


def shown(value: object) -> str:
    """A value as messages show it: as it is written, in quotes; cut if it is long."""
    text = "" if value is None else str(value)
    begins = f"'{_beginning(text)}'"
    return begins if len(text) <= _MOST_SHOWN_CHARACTERS else f"{begins}... ({len(text)} characters)"


def few(values: Sequence[object]) -> str:
    """Some values as messages list them: the first, and how many more there are."""
    listed = ", ".join(_beginning(str(value)) for value in values[:_MOST_SHOWN_VALUES])
    more = len(values) - _MOST_SHOWN_VALUES
    return f"{listed} and {more} more" if more > 0 else listed


def _beginning(text: str) -> str:
    return "".join(map(_visible, text[:_MOST_SHOWN_CHARACTERS]))


def _visible(sign: str) -> str:
    """A character, or its escape if it cannot be seen; a byte that is no UTF-8 was read as U+DC80 and on."""
    if "\udc80" <= sign <= "\udcff":
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign if sign.isprintable() else repr(sign)[1:-1]


class ServiceError(Exception):
    """An error that the service models name; the class name is the code that a client catches."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The code that travels, for instance `ResourceNotFoundException`."""
        return type(self).__name__


class InvalidInputException(ServiceError):
    """A value that no state of the service would accept."""


class ResourceNotFoundException(ServiceError):
    """An ARN that names nothing here."""


class ResourceAlreadyExistsException(ServiceError):
    """A name that is taken."""


class ResourceInUseException(ServiceError):
    """Something that is still being created, changed or used."""


class LimitExceededException(ServiceError):
    """More of a kind than a quota allows."""


class InvalidNextTokenException(ServiceError):
    """A page token that this service did not hand out."""


class TooManyTagsException(ServiceError):
    """More tags than a resource may carry."""


class TooManyTagKeysException(ServiceError):
    """More tag keys in one request than are allowed."""


class Unavailable(RuntimeError):
    """Something that the server is built on does not answer for now: calls get 503, jobs wait."""


def is_unavailable(error: BaseException | None) -> bool:
    """Whether an error, or one that it arose from, says that something does not answer for now."""
    while error is not None:
        if isinstance(error, Unavailable):
            return True
        error = error.__cause__ or error.__context__
    return False


class JobFailure(Exception):
    """A job that cannot succeed however often it is tried; the text becomes the record's `failureReason`."""
