"""Every job is named where its functions are."""

from importlib import import_module

import pytest

from presage.operations.table import KINDS
from presage.works.registry import WORKS


@pytest.mark.parametrize("name", WORKS)
def test_its_functions_are_there(name):
    work = WORKS[name]
    for path in filter(None, (work.run, work.failed, work.stopped)):
        module, _, function = path.partition(":")
        assert callable(getattr(import_module(module), function))


def test_what_a_motion_asks_for_is_registered():
    asked = {move.job for kind in KINDS.values() for move in kind.moves.values() if move.job}
    assert asked
    assert asked <= set(WORKS)
