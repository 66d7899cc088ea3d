"""The errors that a caller can meet: the eight codes that the service models name, one class each.

The class name is the code on the wire. Status and body depend on the service and are `wire`'s business. A
message names the value, what is wrong with it, and what would be right.
"""


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


class JobFailure(Exception):
    """A job that cannot succeed however often it is tried; the text becomes the record's `failureReason`."""
