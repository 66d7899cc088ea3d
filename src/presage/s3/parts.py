"""The checksums of an object made of parts.

A COMPOSITE checksum is that of the parts' checksums, and their number after it. A FULL_OBJECT checksum
is that of all bytes; a CRC's is joined from those of the parts. A part that came without a checksum is read.
Source: AWS, "Checking object integrity for data uploads in Amazon S3".
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from presage.buckets.records import Part

from .algorithms import ALGORITHMS
from .checksums import ALGORITHM_HEADER, COMPOSITE, FULL_OBJECT, TYPE_HEADER, decoded, encoded
from .errors import S3Error

READ_BYTES = 1024 * 1024


def wanted_checksum(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by which an upload says what checksum its object is to have. Raises InvalidRequest."""
    wanted = {name: headers[name] for name in (ALGORITHM_HEADER, TYPE_HEADER) if name in headers}
    algorithm, checksum_type = wanted.get(ALGORITHM_HEADER, "").lower(), wanted.get(TYPE_HEADER, "")
    if algorithm and algorithm not in ALGORITHMS:
        text = f"{ALGORITHM_HEADER} is {algorithm!r}; it must be one of {', '.join(ALGORITHMS)}"
        raise S3Error("InvalidRequest", text)
    if checksum_type not in ("", COMPOSITE, FULL_OBJECT):
        text = f"{TYPE_HEADER} is {checksum_type!r}; it must be {COMPOSITE} or {FULL_OBJECT}"
        raise S3Error("InvalidRequest", text)
    if checksum_type == COMPOSITE and algorithm and not ALGORITHMS[algorithm].is_composable:
        raise S3Error("InvalidRequest", f"the checksum type of {algorithm} can only be {FULL_OBJECT}")
    return wanted


def check_parts(nodes: Sequence[Element], parts: Sequence[Part]) -> None:
    """Hold the checksums that the completing document names against the parts' own. Raises InvalidPart."""
    for node, part in zip(nodes, parts, strict=True):
        for name in ALGORITHMS:
            given = node.findtext(f"Checksum{name.upper()}")
            if given is not None and given != (right := encoded(_digest(name, part))):
                raise S3Error("InvalidPart", f"part {part.number} has the {name} {right}, not {given}")


def whole_checksums(declared: Mapping[str, str], checksum_type: str, parts: Sequence[Part]) -> dict[str, str]:
    """The checksums to keep with an object: those declared, once checked, or else made of the parts'.

    Parameters
    ----------
    declared : algorithm -> value, for the object
    checksum_type : what to make of the parts' checksums; empty = COMPOSITE, where the algorithm has it

    Raises S3Error: BadDigest.
    """
    for name, value in declared.items():
        right = _whole(name, COMPOSITE if "-" in value else FULL_OBJECT, parts)
        if value != right:
            raise S3Error("BadDigest", f"the {name} declared is {value}; that of the object is {right}")
    in_common = [name for name in ALGORITHMS if all(name in part.checksums for part in parts)]
    return dict(declared) or {name: _whole(name, checksum_type or COMPOSITE, parts) for name in in_common}


def _whole(name: str, checksum_type: str, parts: Sequence[Part]) -> str:
    if checksum_type == COMPOSITE and ALGORITHMS[name].is_composable:
        return _composite(name, parts)
    return encoded(_full_object(name, parts))


def _composite(name: str, parts: Sequence[Part]) -> str:
    hasher = ALGORITHMS[name].begin()
    for part in parts:
        hasher.update(_digest(name, part))
    return f"{encoded(hasher.digest())}-{len(parts)}"


def _full_object(name: str, parts: Sequence[Part]) -> bytes:
    join = ALGORITHMS[name].join
    if join is None:
        return _read_digest(name, parts)
    digest = _digest(name, parts[0])
    for part in parts[1:]:
        digest = join(digest, _digest(name, part), part.size)
    return digest


def _digest(name: str, part: Part) -> bytes:
    kept = part.checksums.get(name)
    return decoded(name, kept) if kept else _read_digest(name, [part])


def _read_digest(name: str, parts: Sequence[Part]) -> bytes:
    """The digest of the parts' bytes, one after the other."""
    hasher = ALGORITHMS[name].begin()
    for part in parts:
        with part.path.open("rb") as file:
            while data := file.read(READ_BYTES):
                hasher.update(data)
    return hasher.digest()
