import polars as pl
import pytest

from presage.demo.kinds import kind_of_thing


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "HOLDER"),
        ("SET OF 3 CAKE TINS PANTRY DESIGN", "TIN"),
        ("LUNCH BOX WITH CUTLERY RETROSPOT", "BOX"),
        ("PACK OF 72 RETROSPOT CAKE CASES", "CASE"),
        ("RABBIT NIGHT LIGHT", "LIGHT"),
        ("set of 6 glasses", "GLASS"),
        ("BOTANICAL GARDENS", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_the_thing_itself_stands_last(name, kind):
    assert pl.DataFrame({"name": [name]}).select(kind_of_thing(pl.col("name"))).item() == kind
