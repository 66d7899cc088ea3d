"""What this process answers for: the campaigns and recommenders that are ACTIVE, as their records say."""

import time
from functools import cache, partial

import structlog

from presage.errors import JobFailure
from presage.resources.record import Record
from presage.resources.states import Motion, State

from ..server import Server
from .deploying import Find, deploy, deployable
from .syncing import follow_latest

KINDS = ("Campaign", "Recommender")
"""The kinds of resources that answer."""
RETRY_SECONDS = 10.0
"""A campaign that could not be deployed for a reason that may pass is tried again after so long."""
log = structlog.get_logger()


class Follower:
    """Follows what any process changes of the campaigns, and the memories that jobs write."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._revision = -1
        self._tried_at: dict[str, float] = {}

    def deploy_all(self) -> None:
        """Deploy every ACTIVE campaign, before the server is ready."""
        find = cache(partial(deployable, self._server))
        for kind in KINDS:
            for record in self._server.records.of_kind("personalize", kind, state=State.ACTIVE):
                self._deploy(record, find)

    def step(self) -> None:
        """Bring the deployments up to date, if anything has changed since the last time."""
        self._server.deployments.refresh()
        revision = self._server.records.revision()
        if revision != self._revision:
            follow_latest(self._server)
            if self._is_up_to_date():
                self._revision = revision

    def _is_up_to_date(self) -> bool:
        """Let go of what is not ACTIVE any more, load what is new or changed; whether that is all done."""
        server, active = self._server, self._active()
        for arn in set(self._tried_at) - active.keys():
            self._tried_at.pop(arn, None)
        for arn in server.deployments.names() - active.keys():
            server.deployments.remove(arn)
        behind = [arn for arn, revision in active.items() if server.deployments.revision(arn) != revision]
        for arn in behind:
            if arn not in server.walking and time.monotonic() >= self._tried_at.get(arn, 0.0):
                server.walking.add(arn)
                server.beside(partial(self._bring_up_to_date, arn))
        return not behind

    def _active(self) -> dict[str, int]:
        revisions = self._server.records.revisions
        return {
            arn: revision
            for kind in KINDS
            for arn, revision in revisions("personalize", kind, State.ACTIVE).items()
        }

    def _bring_up_to_date(self, arn: str) -> None:
        """Deploy a campaign as it is now."""
        try:
            record = self._server.records.get(arn)
            if record is not None and record.is_active:
                self._deploy(record)
                self._let_go_if_gone(arn)
        finally:
            self._server.walking.discard(arn)

    def _let_go_if_gone(self, arn: str) -> None:
        """Answer no more for what was stopped or deleted while it was loaded."""
        record = self._server.records.get(arn)
        if record is None or record.state != State.ACTIVE:
            self._server.deployments.remove(arn)

    def _deploy(self, record: Record, find: Find | None = None) -> None:
        """Deploy a campaign; one that cannot be deployed fails, and the others serve."""
        try:
            deploy(self._server, record, record.revision, find)
        except JobFailure as failure:
            log.error("a campaign cannot be deployed", campaign=record.arn, reason=str(failure))
            self._fail(record.arn, str(failure))
        except Exception:
            self._tried_at[record.arn] = time.monotonic() + RETRY_SECONDS
            log.exception("a campaign could not be deployed; it is tried again", campaign=record.arn)

    def _fail(self, arn: str, reason: str) -> None:
        with self._server.records.writing() as records:
            record = records.get(arn)
            if record is not None and record.motion == Motion.NONE:
                records.fail(arn, reason)
