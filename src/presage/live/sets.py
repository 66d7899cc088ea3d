"""Feature sets that are registered: name and documents, a stream of the log, a space of the online store."""

import re
from typing import Any
from uuid import uuid4

from presage.errors import InvalidInputException, ResourceAlreadyExistsException, few, shown
from presage.resources.record import Record
from presage.stores import FEATURES, Stores

from .documents import Documents

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_MEMBERS = {"streaming": str, "window": str, "latenessSeconds": (int, float), "datasetGroupArn": str}


def documents_of(body: Any) -> Documents:
    """What a set is declared by, made ready.

    Raises InvalidInputException for members that are unknown or of the wrong type, DocumentError for faults
    of the documents.
    """
    if not isinstance(body, dict) or "streaming" not in body:
        raise InvalidInputException(
            "the body must be a JSON object with `streaming`, the text of a streaming document; it may have"
            f" {', '.join(list(_MEMBERS)[1:])}"
        )
    members: dict[str, Any] = body
    wrong = [
        f"{name} is no member; there are: {', '.join(_MEMBERS)}"
        if name not in _MEMBERS
        else f"{name} is {shown(value)}, and must be {'text' if _MEMBERS[name] is str else 'a number'}"
        for name, value in members.items()
        if name not in _MEMBERS or isinstance(value, bool) or not isinstance(value, _MEMBERS[name])
    ]
    if wrong:
        raise InvalidInputException("; ".join(wrong))
    return Documents(members["streaming"], members.get("window", ""), members.get("latenessSeconds"))


def register(stores: Stores, name: str, body: Any) -> bool:
    """Keep a feature set under a name; whether it is new.

    Raises InvalidInputException and DocumentError for what it cannot be, ResourceAlreadyExistsException if
    another one has the name.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputException(
            f"the name {shown(name)} must be up to 63 letters, digits, - and _, a letter or digit first"
        )
    documents_of(body)
    group = body.get("datasetGroupArn")
    known = [one.arn for one in stores.records.of_kind("personalize", "DatasetGroup")] if group else []
    if group and group not in known:
        raise InvalidInputException(f"datasetGroupArn is {shown(group)}; there are: {few(known) or 'none'}")
    arn, folder = _arn(stores, name), uuid4().hex
    found = stores.records.get(arn)
    if found is None:
        stores.log.open_stream(folder, FEATURES)
        with stores.records.writing() as records:
            found = records.get(arn)
            if found is None:
                declared = {"declared": body, "_folder": folder}
                records.add("presage", "FeatureSet", arn=arn, name=name, body=declared, settled=True)
                return True
        stores.log.drop_stream(folder)
    if found["declared"] != body:
        raise ResourceAlreadyExistsException(
            f"a feature set named {name} exists already, with other documents; delete it or take another name"
        )
    return False


def forget(stores: Stores, record: Record) -> None:
    """Forget a feature set: what was told, what came of it, and at last its record."""
    stores.log.drop_stream(record["_folder"])
    stores.online.drop(record["_folder"])
    with stores.records.writing() as records:
        records.remove(record.arn)


def _arn(stores: Stores, name: str) -> str:
    config = stores.config
    return f"arn:aws:presage:{config.region}:{config.account}:feature-set/{name}"
