"""What buckets refuse: one class per S3 error code, the class name being the code that a client catches."""


class BucketError(Exception):
    """A request that the buckets cannot answer; the class name is S3's code."""

    @property
    def code(self) -> str:
        """The code that travels, for instance `NoSuchKey`."""
        return type(self).__name__


class InvalidBucketName(BucketError):
    """A bucket name outside S3's rules."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the bucket name {name!r} is not valid; a name has 3 to 63 lower-case letters, digits, dots and "
            "hyphens, begins and ends with a letter or digit, and is no IP address"
        )


class NoSuchBucket(BucketError):
    """A bucket that does not exist."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bucket {name!r} does not exist; create it first")


class BucketNotEmpty(BucketError):
    """A bucket that still holds objects."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bucket {name!r} still holds objects; delete them first")


class NoSuchBucketPolicy(BucketError):
    """A bucket that nobody gave a policy."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bucket {name!r} has no policy")


class NoSuchKey(BucketError):
    """A key that names no object."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"the bucket {bucket!r} holds no object named {key!r}")


class KeyTooLongError(BucketError):
    """A key of more than 1024 bytes."""

    def __init__(self, n_bytes: int) -> None:
        super().__init__(f"the key has {n_bytes} bytes as UTF-8; at most 1024 are allowed")


class PreconditionFailed(BucketError):
    """A write that was to happen only if the object were absent, or unchanged."""

    def __init__(self, condition: str) -> None:
        super().__init__(f"the precondition {condition} does not hold")


class NoSuchUpload(BucketError):
    """A multipart upload that was never begun here, or is completed or aborted."""

    def __init__(self, upload: str) -> None:
        super().__init__(f"there is no multipart upload {upload!r}; it may have been completed or aborted")


class InvalidPart(BucketError):
    """A part that was not uploaded, or that changed since."""

    def __init__(self, number: int) -> None:
        super().__init__(f"part {number} was not uploaded with the ETag given")


class InvalidPartOrder(BucketError):
    """Parts listed out of order."""

    def __init__(self) -> None:
        super().__init__("the parts must be listed in ascending order of their numbers, each once")


class EntityTooSmall(BucketError):
    """A part, other than the last, below the least size."""

    def __init__(self, number: int, size: int, least: int) -> None:
        super().__init__(f"part {number} has {size} bytes; every part but the last needs at least {least}")
