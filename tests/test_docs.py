"""What the docs say is true of the code."""

from pathlib import Path

from presage.features.series.filling import AGGREGATIONS, GAPS, METHODS
from presage.operations.table import built
from presage.recipes import FORECASTING
from presage.recipes.settings import settings_of
from presage.recipes.use_cases import USE_CASES
from presage.wire.models import OPERATIONS
from presage.wire.page import operations_page

ROOT = Path(__file__).parent.parent


def test_the_page_of_operations_is_up_to_date():
    page = (ROOT / "docs/operations.md").read_text()
    assert page == operations_page(built(OPERATIONS)), "write it again with `make docs`"


def test_every_room_is_on_the_page_of_the_house():
    page = (ROOT / "docs/house.md").read_text()
    rooms = [path.name for path in (ROOT / "src/presage").iterdir() if (path / "__init__.py").is_file()]
    assert len(rooms) > 5
    assert [room for room in rooms if f"`{room}/`" not in page] == []


def test_every_use_case_is_on_the_page_of_recommenders():
    page = (ROOT / "docs/recommenders.md").read_text()
    for name, case in USE_CASES.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"`{case.recipe}`" in row
        assert f"| {case.event_type or 'all'} |" in row


def test_every_aggregation_and_filling_is_on_the_page_of_data_for_forecasts():
    page = (ROOT / "docs/forecast-data.md").read_text()
    assert [name for name in (*AGGREGATIONS, *GAPS, *METHODS) if f"`{name}`" not in page] == []


def test_every_forecasting_recipe_has_a_page_with_its_settings():
    for name, recipe in FORECASTING.items():
        page = (ROOT / f"docs/algorithms/{name}.md").read_text()
        assert [setting for setting in settings_of(recipe) if f"`{setting}`" not in page] == [], name


def test_links_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    broken = []
    for page in pages:
        for part in page.read_text().split("](")[1:]:
            target = part.split(")")[0].split("#")[0]
            if target and "://" not in target and not (page.parent / target).exists():
                broken.append((page.name, target))
    assert broken == []
