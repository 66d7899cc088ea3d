"""Explaining an answer: the version that a campaign answers with, asked again without a user's events."""

from numpy.random import default_rng

from presage.resources.record import Record
from presage.serving.explaining import Explanation, explain
from presage.serving.memory import GroupMemory
from presage.serving.served import ServedVersion
from presage.serving.version import UnusableModel, load_version
from presage.stores import Stores

from .sources import source_of


def explain_answer(stores: Stores, name: str, user_id: str, item_id: str) -> Explanation:
    """Why a campaign or recommender (name or ARN) gives an item its place for a user, as of now.

    Raises ValueError if there is none of that name, or if its model cannot tell.
    """
    deployed = _deployed(stores, name)
    trained = stores.records.expect(deployed.get("solutionVersionArn", deployed.arn))
    source = source_of(stores, stores.records.expect(trained["datasetGroupArn"]))
    try:
        version = load_version(stores.model(trained))
    except UnusableModel as error:
        raise ValueError(f"the model of {deployed.arn} cannot be read: {error}") from None
    memory = GroupMemory(source)
    memory.load(stores.log)
    served = ServedVersion(version, memory, default_rng(), is_frozen=True)
    return explain(served, user_id, item_id, int(stores.clock()))


def _deployed(stores: Stores, name: str) -> Record:
    kinds = ("Campaign", "Recommender")
    found = [one for kind in kinds for one in stores.records.of_kind("personalize", kind)]
    for record in found:
        if name in (record.arn, record.name):
            return record
    known = ", ".join(sorted(record.name for record in found)) or "none"
    raise ValueError(f"no campaign or recommender is called {name!r}; there are: {known}")
