import pytest

from .bazaar import TYPES, VIEWS, Bazaar
from .inprocess import InProcess
from .shop import INTERACTIONS, NEWEST_EVENT, Shop, avro


@pytest.fixture
def shop(inside):
    """A shop with an empty dataset group, on a server in this process."""
    return Shop(inside)


@pytest.fixture(scope="package")
def stocked(tmp_path_factory):
    """A shop with data, for tests that only add to it, on a server in this process."""
    process = InProcess(tmp_path_factory.mktemp("stocked") / "data")
    process.clock.now = NEWEST_EVENT + 1
    yield Shop(process).stocked()
    process.close()


@pytest.fixture(scope="package")
def bazaars(tmp_path_factory):
    """A domain dataset group with data for either domain, on one server in this process."""
    process = InProcess(tmp_path_factory.mktemp("bazaars") / "data")
    yield {domain: Bazaar(process, domain) for domain in TYPES}
    process.close()


@pytest.fixture
def bazaar(bazaars):
    """The one that sells."""
    return bazaars["ECOMMERCE"]


@pytest.fixture(scope="package")
def views(bazaars):
    """Its recommender of what is viewed most, with metadata."""
    config = {"enableMetadataWithRecommendations": True}
    return bazaars["ECOMMERCE"].recommender(VIEWS, recommenderConfig=config)


@pytest.fixture
def inside(tmp_path):
    """A server in this process."""
    running = InProcess(tmp_path / "data")
    yield running
    running.close()


@pytest.fixture
def personalize(inside):
    return inside.client("personalize")


@pytest.fixture
def group(personalize):
    return personalize.create_dataset_group(name="shop")["datasetGroupArn"]


@pytest.fixture
def dataset(personalize, group):
    schema = personalize.create_schema(name="s", schema=avro("Interactions", INTERACTIONS))
    return make_dataset(personalize, group, schema["schemaArn"])


def make_dataset(personalize, group, schema):
    return personalize.create_dataset(
        name="d", datasetGroupArn=group, datasetType="INTERACTIONS", schemaArn=schema
    )["datasetArn"]


@pytest.fixture
def tracking_id(personalize, group, dataset):
    return personalize.create_event_tracker(name="t", datasetGroupArn=group)["trackingId"]


@pytest.fixture
def tell(inside, tracking_id):
    def tell(n=1):
        events = [
            {"eventType": "click", "itemId": "i1", "sentAt": inside.clock.now, "eventId": f"e{k}"}
            for k in range(n)
        ]
        inside.client("personalize-events").put_events(
            trackingId=tracking_id, sessionId="s", userId="u", eventList=events
        )

    return tell
