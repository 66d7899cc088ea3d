"""What batch inference and batch segment jobs have in common: files in, files out, a trained version."""

from presage.errors import InvalidInputException
from presage.filters import Filter
from presage.resources.record import Record
from presage.resources.states import Motion

from ..kinds import Kind, Move
from ..server import Server
from ..views import Request
from . import campaigns
from .catalogue import recipe_name
from .filtered import usable_filter


def batch_kind(name: str, arn: str, job: str) -> Kind:
    """The kind of the jobs that a work does."""
    return Kind(
        service="personalize",
        name=name,
        arn=arn,
        refers={"solutionVersionArn": "SolutionVersion", "filterArn": "Filter"},
        moves={Motion.CREATE: Move(job=job)},
        most_under_way=5,
    )


def batch_version(server: Server, request: Request) -> tuple[Record, str]:
    """The ACTIVE version that a job is to answer from, and its recipe's name."""
    version = campaigns.find_version(server.records, request["solutionVersionArn"], {})
    return version, recipe_name(version["recipeArn"])


def batch_filter(server: Server, request: Request, version: Record) -> Filter | None:
    """What the filter of a job says, which must be of the version's group; None without one."""
    if "filterArn" not in request:
        return None
    group = server.records.expect(version["datasetGroupArn"])
    return usable_filter(server, request["filterArn"], group["_folder"], version.arn)


def check_folders(request: Request) -> None:
    """Raise InvalidInputException if results would be put beside what is read."""
    source: str = request["jobInput"]["s3DataSource"]["path"]
    target: str = request["jobOutput"]["s3DataDestination"]["path"]
    if source[: source.rfind("/")] == target.rstrip("/"):
        raise InvalidInputException(
            f"jobOutput names {target!r}, the folder of the input; name another folder, such as"
            f" {target.rstrip('/') + '/out/'!r}."
        )
