"""What the account keeps, as records of services that presage does not otherwise answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.records import Records, Writer
from presage.wire.faults import Refused

Request = dict[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account that presage is.

    Parameters
    ----------
    records : where what it keeps is kept
    number : twelve digits
    region : the only one that it is in
    """

    records: Records
    number: str
    region: str

    def iam_arn(self, resource: str) -> str:
        """The ARN of something of IAM, such as `role/trainer`."""
        return f"arn:aws:iam::{self.number}:{resource}"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A kind of what is kept, found by its name in any case.

    Parameters
    ----------
    exists, missing : the errors for a name that is taken, and for one that nobody has: (code, status)
    """

    service: str
    kind: str
    exists: tuple[str, int]
    missing: tuple[str, int]

    def find(self, records: Reader, name: str) -> Record:
        """The one of a name; raises Refused with the code of `missing`."""
        record = records.find_alias(self._alias(name))
        if record is None:
            code, status = self.missing
            raise Refused(code, f"there is no {self.kind.lower()} with the name {name}", status)
        return record

    def has(self, records: Reader, name: str) -> bool:
        """Whether a name is taken."""
        return records.find_alias(self._alias(name)) is not None

    def add(self, records: Writer, name: str, arn: str, body: Mapping[str, Any]) -> Record:
        """A new one; raises Refused with the code of `exists`."""
        if self.has(records, name) or records.get(arn) is not None:
            code, status = self.exists
            raise Refused(code, f"a {self.kind.lower()} with the name {name} exists already", status)
        alias = self._alias(name)
        return records.add(
            self.service, self.kind, arn=arn, name=name, body=body, settled=True, other_names=[alias]
        )

    def all(self, records: Reader) -> list[Record]:
        """All of them, by name."""
        return sorted(records.of_kind(self.service, self.kind), key=lambda one: one.name)

    def _alias(self, name: str) -> str:
        return f"{self.service} {self.kind} {name.lower()}"
