"""What decisions read of feature sets is whole, or an error."""

import asyncio

import pytest

from presage.live.reading import LiveSets
from presage.live.sets import register

from ..features.bts.documents import LABEL, WINDOW
from ..operations.inprocess import InProcess
from .test_app import declared
from .test_folding import START, told


def test_a_label_is_not_told_while_its_events_cannot_be_folded(tmp_path, monkeypatch):
    rooms = InProcess(tmp_path)
    register(rooms.stores, "s", declared(window=WINDOW + LABEL))
    sets, found = LiveSets(rooms.live), rooms.live.find("s")

    def label():
        return sets.label("s", "next_week.spent", "u", START.timestamp() + 60)

    for number in range(3):
        asyncio.run(rooms.live.tell(found, [told("u", number * 60, session=number, paid=2)]))
        with monkeypatch.context() as patch:
            patch.setattr(rooms.stores.log, "raise_mark", lambda _through: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                label()
        assert (label() or 0) == 2 * number
    rooms.close()
