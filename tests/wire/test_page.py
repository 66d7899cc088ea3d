from presage.wire.models import OPERATIONS, SERVICES
from presage.wire.page import operations_page


def test_every_operation_stands_on_the_page_with_its_state():
    built = {("personalize", "CreateSchema"), ("personalize-runtime", "GetRecommendations")}
    page = operations_page(built)
    assert "| CreateSchema | `AmazonPersonalize.CreateSchema` | yes |" in page
    assert "| GetRecommendations | `POST /recommendations` | yes |" in page
    assert page.count("| yes |") == 2
    assert page.count("| no |") == len(OPERATIONS) - 2
    assert "| personalize | 1 | 71 |" in page
    assert all(f"## {service}\n" in page for service in SERVICES)
