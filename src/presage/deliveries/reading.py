"""A delivery is read from YAML, and checked; what is wrong is named, with what would be right."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from presage import yaml_text
from presage.errors import shown
from presage.files import text_of
from presage.filters import FilterError, parse
from presage.wording import in_words

from .spec import Audience, Content, Spec, zone_of

LONGEST_TEXT = 256 * 1024
CHOOSES = "it must choose users, such as INCLUDE UserID WHERE Users.AGE > 30"


def read_file(path: Path) -> Spec:
    """A delivery from a YAML file; raises ValueError that names the file too."""
    try:
        text = text_of(path)
        check_length(text)
        return read_spec(yaml_text.load(text))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def check_length(text: str) -> None:
    """Raise ValueError if a definition is too long to be read."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the delivery has {len(text)} characters; it may have {LONGEST_TEXT}")


def read_spec(written: Any) -> Spec:
    """A delivery from a mapping, as YAML has it.

    Raises ValueError that names the member, what is wrong, and what would be right.
    """
    try:
        if not isinstance(written, Mapping):
            raise ValueError(f"it is {shown(written)}; it must be a mapping, with a name, an audience, ...")
        spec = _converted(written)
        zone_of(spec.time_zone)
        spec.message.compiled()
        if spec.quiet_hours is not None:
            _ = spec.quiet_hours.times
        for fault in _faults(spec):
            raise ValueError(fault)
    except ValueError as error:
        raise ValueError(f"the delivery is not valid: {error}") from None
    return spec


def _converted(written: Mapping[str, Any]) -> Spec:
    """The delivery that a mapping is, member by member. Raises ValueError."""
    try:
        return msgspec.convert(written, Spec, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(in_words(str(error), written)) from None


def databases_of(spec: Spec) -> set[str]:
    """The databases that a delivery reads, as it names them: by name, or by URL."""
    queries = [spec.audience, *((spec.content.table, spec.content.items) if spec.content else ())]
    return {query.database for query in queries if query and query.database}


def _faults(spec: Spec) -> Iterator[str]:
    """What members say together that cannot be."""
    if len(set(spec.channels)) < len(spec.channels):
        yield "a channel stands twice in `channels`"
    yield from _of_audience(spec.audience)
    if spec.content is not None:
        yield from _of_content(spec.content)


def _of_audience(audience: Audience) -> Iterator[str]:
    if not audience.filter and not audience.query:
        yield "its audience needs database and query, or dataset_group and filter"
    if bool(audience.database) != bool(audience.query):
        yield "its audience needs both database and query, or neither"
    if bool(audience.dataset_group) != bool(audience.filter):
        yield "its audience needs both dataset_group and filter, or neither"
    if not audience.query and audience.user != "user_id":
        yield f"audience.user is {shown(audience.user)}, a column of a query, and there is no query"
    if audience.filter:
        yield from _of_filter(audience.filter)


def _of_filter(expression: str) -> Iterator[str]:
    try:
        filter_ = parse(expression)
    except FilterError as error:
        yield f"audience.filter: {error}; {CHOOSES}"
        return
    if filter_.target != "USERID":
        yield f"audience.filter is {shown(expression)}; {CHOOSES}"
    if filter_.parameters:
        yield f"audience.filter has ${min(filter_.parameters)}, which nobody gives a value; write it there"
    if any(one.only_if for one in filter_.expressions):
        yield f"audience.filter asks for CurrentUser, and there is none; {CHOOSES}"


def _of_content(content: Content) -> Iterator[str]:
    given = [one for one in (content.table, content.recommendations, content.decisions) if one]
    if len(given) != 1:
        yield f"of table, recommendations and decisions its content has {len(given)} and must have one"
    asked = content.recommendations
    if asked and bool(asked.campaign_arn) == bool(asked.recommender_arn):
        yield "recommendations need either campaign_arn or recommender_arn"
    if content.at_most < content.at_least:
        yield "at_most is less than at_least"
