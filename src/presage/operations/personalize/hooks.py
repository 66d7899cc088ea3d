"""What Personalize's kinds do besides moving their records."""

from collections.abc import Mapping

from ..personalize import campaigns, datasets, solution_versions
from ..server import Hooks

HOOKS: Mapping[str, Hooks] = {
    "Dataset": Hooks(apply=datasets.link_schema, clean_up=datasets.drop_rows),
    "Solution": Hooks(clean_up=solution_versions.drop_versions),
    "Campaign": Hooks(activate=campaigns.deploy, apply=campaigns.redeploy, clean_up=campaigns.undeploy),
}
