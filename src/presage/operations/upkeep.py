"""What a server does by itself: take up what was left, fold what was told, train what is due."""

from presage.tables.fold import DATASETS

from . import walks
from .personalize import auto_training
from .server import Server

FOLD = "fold"


def keep_up(server: Server) -> None:
    """Every minute: what waits without anybody working on it is taken up; folds and trainings start."""
    walks.take_up(server)
    if server.stores.log.read(0, 1, consumer=DATASETS):
        server.stores.jobs.submit_again(FOLD, FOLD)
    for record in server.records.due(server.clock()):
        with walks.kept_apart("a training that is due could not begin; it is tried again", record):
            auto_training.look_at(server, record)
