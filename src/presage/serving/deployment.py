"""A campaign in service."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from presage.columns import ITEM_ID
from presage.ids import new_id

from .question import Question
from .scorer import Finish, Scorer
from .served import ServedVersion
from .source import ITEMS, Campaign
from .steps import Step


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A campaign, and the version that answers for it.

    Parameters
    ----------
    steps : from the model's scores to an answer
    revision : of the campaign's record that it was deployed from
    """

    campaign: Campaign
    scorer: Scorer
    steps: Sequence[Step]
    revision: int

    @property
    def served(self) -> ServedVersion:
        """What all campaigns share that answer with this version."""
        return self.scorer.served

    @property
    def recipe(self) -> str:
        """The name of the recipe that made the model, for instance `aws-sims`."""
        return self.served.version.facts["recipe"]

    @cached_property
    def item_columns(self) -> Mapping[str, str]:
        """The columns of the items' metadata: name in upper case -> name."""
        items = self.campaign.source.datasets.get(ITEMS)
        names = items.layout.names if items else ()
        return {name.upper(): name for name in names if name != ITEM_ID}

    def metadata(self, item_id: str, columns: Iterable[str]) -> dict[str, str]:
        """An item's metadata: column in lower case, as AWS names it, -> cell as text; null is left out."""
        text = self.served.memory.item_text
        found = {name.lower(): text(item_id, self.item_columns.get(name.upper(), name)) for name in columns}
        return {name: value for name, value in found.items() if value is not None}

    def recommendation_id(self) -> str:
        """A new id for an answer, 40 characters in AWS's form; its end is `short_name` of this deployment."""
        return f"RID-{new_id()[-25:]}-CID-{self.short_name}"

    @cached_property
    def short_name(self) -> str:
        """Six hexadecimal digits that stand for this campaign and version."""
        return short_name(self.campaign.name, self.served.version.facts.get("arn", ""))

    async def ask(self, question: Question, finish: Finish) -> Any:
        """What `finish` makes of the scores."""
        return await self.scorer.ask(question, finish)


def short_name(campaign: str, version: str) -> str:
    """Six hexadecimal digits that stand for a campaign and a version; recommendationIds end in them."""
    return hashlib.blake2b(f"{campaign} {version}".encode(), digest_size=3).hexdigest()
