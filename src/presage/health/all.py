"""All that any process which shares the stores reads alike."""

from collections.abc import Iterator

from presage.stores import Stores

from . import readings, senders
from .readings import Read, Reading, read_each

READS: tuple[Read, ...] = (
    readings.disk,
    readings.jobs,
    readings.resources,
    readings.told,
    readings.models,
    readings.data,
    readings.drift,
    senders.pipelines,
    senders.deliveries,
)


def read_all(stores: Stores) -> Iterator[Reading]:
    """All that can be read by now."""
    return read_each(READS, stores)
