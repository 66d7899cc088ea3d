"""Feature sets forget identities, experiments and offer campaigns users: what is folded, and the log."""

from collections.abc import Collection, Generator

from presage.decisions.forgetting import forget
from presage.features.bts import Reader, load, parse_streaming
from presage.log import LoggedRecord, read_parts
from presage.resources.record import Record
from presage.stores import FORGET, Stores

MOST_AT_ONCE = 5_000


def forget_identities(stores: Stores, feature_set: Record, identities: Collection[str]) -> None:
    """Let nothing that was told of identities until now count any more, and take it out of the log.

    What says so is on disk first, and stays in the log, so that whoever folds on, or folds everything again,
    leaves nothing of them. Raises NoSuchStream if the set was deleted meanwhile.
    """
    stream, names, place = feature_set["_folder"], list(identities), 0
    for begin in range(0, len(names), MOST_AT_ONCE):
        told = [{FORGET: name} for name in names[begin : begin + MOST_AT_ONCE]]
        place = stores.log.append(stream, told).result()[-1]
    for events in events_of(stores, feature_set, names, place):
        stores.log.erase(stream, [event.place for event, _ in events])


def forget_exposed(stores: Stores, experiment: Record, users: Collection[str]) -> None:
    """Take all that an experiment knows of users out of the log; they count for no arm any more."""
    stream, names = experiment["_folder"], frozenset(users)
    for records in read_parts(stores.log, stream):
        stores.log.erase(stream, [one.place for one in records if one.record["user"] in names])


def forget_offered(stores: Stores, campaign: Record, users: Collection[str]) -> int:
    """Take all that an offer campaign knows of users out of the log; how many decisions that were.

    Experiments with the campaign forget whom it decided for, too. Raises NoSuchStream if the campaign was
    deleted meanwhile.
    """
    for experiment in stores.experiments():
        if campaign.name in (arm["target"] for arm in experiment["arms"]):
            forget_exposed(stores, experiment, users)
    return forget(stores.log, campaign["_folder"], users, stores.clock())


def fed_campaigns(stores: Stores, group: Record) -> list[Record]:
    """The offer campaigns that read a feature set which the event tracker of a dataset group feeds."""
    fed = {one.name for one in fed_by(stores, group)}
    return [one for one in stores.campaigns() if one.get("featureSet") in fed]


def known_in(stores: Stores, feature_set: Record, identities: Collection[str]) -> set[str]:
    """Those of some identities that a feature set was told events of."""
    through = stores.log.last_place()
    return {whose for events in events_of(stores, feature_set, identities, through) for _, whose in events}


def fed_by(stores: Stores, group: Record) -> list[Record]:
    """The feature sets that the event tracker of a dataset group feeds."""
    return [one for one in stores.feature_sets() if one["declared"].get("datasetGroupArn") == group.arn]


def events_of(
    stores: Stores, feature_set: Record, identities: Collection[str], through: int
) -> Generator[list[tuple[LoggedRecord, str]]]:
    """(event, identity) of all that the log holds of some identities, a part of the log at a time.

    Parameters
    ----------
    through : up to and with this place
    """
    reader = Reader(parse_streaming(load(feature_set["declared"]["streaming"])))
    wanted = frozenset(identities)
    for records in read_parts(stores.log, feature_set["_folder"], through=through):
        told = ((one, one.record) for one in records)
        yield [
            (one, whose)
            for one, record in told
            if FORGET not in record and (whose := reader.whose(record)) in wanted
        ]
