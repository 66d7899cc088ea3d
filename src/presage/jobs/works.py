"""Every kind of job and the functions that do it."""

from collections.abc import Mapping

from .worker import Work

WORKS: Mapping[str, Work] = {
    "import": Work(run="presage.jobs.importing:run", failed="presage.jobs.importing:failed"),
    "train": Work(
        run="presage.jobs.training:run",
        failed="presage.jobs.training:failed",
        stopped="presage.jobs.training:stopped",
    ),
    "fold": Work(run="presage.jobs.folding:run", failed="presage.jobs.folding:failed"),
}
