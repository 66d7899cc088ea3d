"""What travels between the processes of a cluster, with a proof that one of them wrote it."""

import hmac
from hashlib import sha256

_BYTES = sha256().digest_size


def seal(secret: bytes, purpose: str, data: bytes) -> bytes:
    """The data after a keyed digest of them and of what they are for; they are not encrypted."""
    return hmac.digest(secret, purpose.encode() + b"\0" + data, "sha256") + data


def unseal(secret: bytes, purpose: str, sealed: bytes) -> bytes:
    """The data again. Raises ValueError if they were not sealed with this secret for this purpose."""
    data = sealed[_BYTES:]
    if not hmac.compare_digest(sealed, seal(secret, purpose, data)):
        raise ValueError(f"what came as {purpose} was not written by a process with this cluster's secret")
    return data
