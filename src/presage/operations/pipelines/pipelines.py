"""Pipelines as resources: put, described, listed, deleted."""

from typing import Any

from msgspec import Struct

from presage.decisions.written import Name, Written
from presage.errors import InvalidInputException
from presage.pipelines import keeping
from presage.pipelines.definitions import read_definition
from presage.pipelines.journal import hidden
from presage.pipelines.language.validation import InvalidDefinition
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion

from ..decisions.pages import Page, Paged, page_of
from ..kinds import Kind, Move
from ..server import Server

KIND = Kind(
    service=keeping.SERVICE,
    name=keeping.PIPELINE,
    arn="pipeline/{name}",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, at_once=True)},
    blocked_while=(keeping.RUN,),
    takes_along=(keeping.RUN,),
)


class PutPipeline(Written, frozen=True):
    """What PutPipeline is told.

    Parameters
    ----------
    definition : Amazon States Language, or presage's short form, as text
    """

    name: Name
    definition: str


class PipelineSummary(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A pipeline in a list.

    Parameters
    ----------
    next_run_at : when it runs next by itself, in seconds since 1970, UTC
    """

    name: str
    pipeline_arn: str
    creation_date_time: float
    last_updated_date_time: float
    schedule: dict[str, str] | None = None
    next_run_at: float | None = None


class DescribedPipeline(PipelineSummary, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A pipeline as it stands."""

    definition: str


class ListedPipelines(Paged, frozen=True, kw_only=True, rename="camel"):
    """A page of pipelines."""

    pipelines: list[PipelineSummary]


class ValidateDefinition(Written, frozen=True):
    """What ValidateDefinition is told."""

    definition: str


class ValidatedDefinition(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is wrong with a definition; nothing if it can be run."""

    faults: list[str]


def put_pipeline(server: Server, _name: str, asked: PutPipeline, caller: str = "") -> DescribedPipeline:
    """Make a pipeline, or change its definition; scheduled runs act with the key that put it last."""
    try:
        return _described(keeping.put_pipeline(server.stores, asked.name, asked.definition, key=caller))
    except InvalidDefinition as error:
        raise InvalidInputException(f"the definition cannot be run: {'; '.join(error.faults)}") from None
    except ValueError as error:
        raise InvalidInputException(str(error)) from None


def validate_definition(_server: Server, _name: str, asked: ValidateDefinition) -> ValidatedDefinition:
    """Say what is wrong with a definition, and store nothing."""
    try:
        read_definition(asked.definition)
    except InvalidDefinition as error:
        return ValidatedDefinition(faults=error.faults)
    except ValueError as error:
        return ValidatedDefinition(faults=[str(error)])
    return ValidatedDefinition(faults=[])


def describe_pipeline(server: Server, name: str, _asked: None) -> DescribedPipeline:
    """A pipeline as it stands."""
    return _described(keeping.find_pipeline(server.stores, name))


def list_pipelines(server: Server, _name: str, asked: Page) -> ListedPipelines:
    """The pipelines, newest first, in pages."""
    records, token = page_of(server, KIND, asked)
    return ListedPipelines(
        pipelines=[PipelineSummary(**_summary(record)) for record in records], next_token=token
    )


def delete_pipeline(server: Server, name: str, _asked: None) -> None:
    """Delete a pipeline, and all that is known of its runs."""
    keeping.delete_pipeline(server.stores, name)


def look_at(server: Server, record: Record) -> None:
    """Start the run of a pipeline that is due."""
    keeping.look_at_schedule(server.stores, record)


def _described(record: Record) -> DescribedPipeline:
    return DescribedPipeline(**_summary(record), definition=hidden(record["definition"]))


def _summary(record: Record) -> dict[str, Any]:
    return {
        "name": record.name,
        "pipeline_arn": record.arn,
        "creation_date_time": record.created_at,
        "last_updated_date_time": record.updated_at,
        "schedule": record.get("schedule"),
        "next_run_at": record.due_at,
    }
