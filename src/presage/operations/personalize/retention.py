"""Retention: of each solution the newest versions are kept, and those that something uses; older ones go."""

from presage.errors import ResourceInUseException
from presage.resources.records import Records
from presage.resources.states import Motion, State

from ..lifecycle import delete
from ..server import Server
from ..walks import kept_apart
from .solution_versions import KIND


def clean_up(server: Server) -> None:
    """Delete the versions that the setting `keep_versions` leaves no room for, their models with them."""
    if server.config.keep_versions < 1:
        return
    for solution in server.records.of_kind("personalize", "Solution", state=State.ACTIVE):
        for arn in spare_versions(server.records, solution.arn, server.config.keep_versions):
            with kept_apart("an old version could not be deleted; it is tried again", solution):
                _delete(server, arn)


def spare_versions(records: Records, solution: str, n_kept: int) -> list[str]:
    """The ARNs of a solution's trained versions beyond the newest, and of those that are of no use."""
    versions = records.of_kind(KIND.service, KIND.name, parent=solution)
    resting = [version for version in versions if version.motion == Motion.NONE]
    trained = [version for version in resting if version.state == State.ACTIVE]
    oldest_kept = trained[:n_kept][-1].number if trained else 0
    return [version.arn for version in resting if version.number < oldest_kept]


def _delete(server: Server, arn: str) -> None:
    try:
        delete(server, KIND, arn)
    except ResourceInUseException:
        return  # a campaign answers with it, or a batch job reads it
