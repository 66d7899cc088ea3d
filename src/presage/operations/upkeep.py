"""What a server does by itself: follow changes that other processes make, and take up what was left."""

from presage.operations import lifecycle
from presage.resources.kinds import ACTIVE, PERSONALIZE
from presage.works.folding import SUFFIX

from .personalize import auto_training, campaigns
from .server import Server


def follow(server: Server) -> None:
    """Every moment: deployments follow the campaigns' records."""
    campaigns.follow_latest(server)
    campaigns.follow_campaigns(server)


def keep_up(server: Server) -> None:
    """Every minute: what waits without anybody working on it is taken up; automatic trainings start."""
    lifecycle.take_up(server)
    fold_told(server)
    auto_training.train_due(server)


def fold_told(server: Server) -> None:
    """Queue the fold of every dataset that was told something."""
    for dataset in server.resources.list(PERSONALIZE["Dataset"], statuses=(ACTIVE,)):
        job = dataset.arn + SUFFIX
        if server.jobs.state(job) in ("DONE", "FAILED"):
            server.jobs.forget(job)
        if server.events.read(0, 1, dataset.arn):
            server.jobs.submit("fold", job)
