import pytest

from presage.recipes.data import Training


def test_a_part_of_a_training_reports_as_a_part():
    told = []
    whole = Training(report=lambda *args: told.append(args), monitor=lambda *args: told.append(args), seed=3)
    part = whole.part(0.2, 0.6)
    part.report("learning", 0.5)
    part.part(0.5, 1.0).monitor(0.0, 1.25)
    assert told == [("learning", pytest.approx(0.4)), (pytest.approx(0.4), 1.25)]
    assert part.seed == 3
