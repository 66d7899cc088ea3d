"""Every kind of job and the functions that do it."""

from collections.abc import Mapping

from presage.jobs.worker import Work

WORKS: Mapping[str, Work] = {
    "import": Work(run="presage.works.importing:run", failed="presage.works.importing:failed"),
    "train": Work(
        run="presage.works.training:run",
        failed="presage.works.training:failed",
        stopped="presage.works.training:stopped",
    ),
    "fold": Work(run="presage.works.folding:run", failed="presage.works.folding:failed"),
}
