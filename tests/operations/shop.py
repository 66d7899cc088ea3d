"""A small shop on a running server: what most tests of operations need before they can ask anything."""

import contextlib
import io
import json
import time
from uuid import uuid4

import numpy as np
import pytest
from botocore.exceptions import ClientError

from ..running import wait_until

INTERACTIONS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
    {"name": "EVENT_VALUE", "type": ["float", "null"]},
    {"name": "DEVICE", "type": ["null", "string"], "categorical": True},
]
ITEMS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "GENRE", "type": ["null", "string"], "categorical": True},
    {"name": "PRICE", "type": ["null", "float"]},
    {"name": "CREATION_TIMESTAMP", "type": "long"},
]
USERS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "GENDER", "type": "string", "categorical": True},
]
ACTIONS = [
    {"name": "ACTION_ID", "type": "string"},
    {"name": "KIND", "type": ["null", "string"], "categorical": True},
    {"name": "VALUE", "type": ["null", "long"]},
    {"name": "ACTION_EXPIRATION_TIMESTAMP", "type": ["null", "long"]},
    {"name": "REPEAT_FREQUENCY", "type": ["null", "long"]},
]
ACTION_INTERACTIONS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ACTION_ID", "type": "string"},
    {"name": "EVENT_TYPE", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
]

RANKING_METRICS = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    "normalized_discounted_cumulative_gain_at_5",
    "normalized_discounted_cumulative_gain_at_10",
    "normalized_discounted_cumulative_gain_at_25",
    "precision_at_5",
    "precision_at_10",
    "precision_at_25",
}
"""The metrics of a solution version without an objective."""


N_EVENTS = 1500
NEWEST_EVENT = 1_700_000_000 + 600 * N_EVENTS


def avro(name, fields):
    record = {"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema"}
    return json.dumps({**record, "fields": fields, "version": "1.0"})


def interactions_csv(n_users=60, n_items=30, n_events=N_EVENTS, seed=0):
    """Users of two tastes: the even ones use the lower half of the items, the odd ones the upper half."""
    rng = np.random.default_rng(seed)
    half = n_items // 2
    out = io.StringIO()
    out.write("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n")
    for n in range(n_events):
        user = int(rng.integers(n_users))
        item = int(rng.integers(half)) + half * (user % 2)
        event = "click" if rng.random() < 0.7 else "purchase"
        out.write(f"u{user},i{item},{1_700_000_000 + 600 * n},{event},{rng.random():.2f},phone\n")
    return out.getvalue()


def items_csv(n_items=30):
    rows = [
        f"i{n},{'low' if n < n_items // 2 else 'high'}|all,{n + 0.5},{1_690_000_000 + n}"
        for n in range(n_items)
    ]
    return "ITEM_ID,GENRE,PRICE,CREATION_TIMESTAMP\n" + "\n".join(rows) + "\n"


def users_csv(n_users=60):
    return "USER_ID,GENDER\n" + "".join(f"u{n},{'a' if n % 2 else 'b'}\n" for n in range(n_users))


def error_of(call, **request):
    """(code, message) of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


NETWORKS = ("aws-user-personalization", "aws-personalized-ranking", "aws-hrnn")


class Shop:
    """A dataset group and what hangs on it, made through unmodified clients."""

    def __init__(self, server, domain=None):
        self.server = server
        self.id = f"shop-{uuid4().hex[:8]}"
        self.personalize = server.client("personalize")
        self.runtime = server.client("personalize-runtime")
        self.events = server.client("personalize-events")
        self.s3 = server.client("s3")
        self.s3.create_bucket(Bucket=self.id)
        self.domain = {"domain": domain} if domain else {}
        self.group = self.personalize.create_dataset_group(name=self.id, **self.domain)["datasetGroupArn"]
        self.wait("dataset_group", self.group)
        self.datasets = {}

    def wait(self, kind, arn, **options):
        camel = "".join(part.title() for part in kind.split("_"))
        member = camel[0].lower() + camel[1:]
        describe = getattr(self.personalize, f"describe_{kind}")
        self.server.run_jobs()
        return wait_until(lambda: describe(**{f"{member}Arn": arn})[member], **options)

    def gone(self, kind, arn, seconds=30):
        """Wait until a deletion is over."""
        camel = "".join(part.title() for part in kind.split("_"))
        deadline = time.monotonic() + seconds
        with contextlib.suppress(self.personalize.exceptions.ResourceNotFoundException):
            while True:
                getattr(self.personalize, f"describe_{kind}")(**{f"{camel[0].lower()}{camel[1:]}Arn": arn})
                assert time.monotonic() < deadline, f"{arn} is still there"
                time.sleep(0.05)

    def dataset(self, kind, fields):
        schema = self.personalize.create_schema(
            name=f"{self.id}-{kind}", schema=avro(kind.title().replace("_", ""), fields), **self.domain
        )["schemaArn"]
        arn = self.personalize.create_dataset(
            name=f"{self.id}-{kind}", schemaArn=schema, datasetGroupArn=self.group, datasetType=kind
        )["datasetArn"]
        self.wait("dataset", arn)
        self.datasets[kind] = arn
        return arn

    def upload(self, key, text):
        self.s3.put_object(Bucket=self.id, Key=key, Body=text.encode())
        return f"s3://{self.id}/{key}"

    def start_import(self, kind, text, mode="FULL"):
        name = f"{self.id}-{uuid4().hex[:6]}"
        return self.personalize.create_dataset_import_job(
            jobName=name,
            datasetArn=self.datasets[kind],
            dataSource={"dataLocation": self.upload(f"{name}.csv", text)},
            roleArn="arn:aws:iam::000000000000:role/any",
            importMode=mode,
        )["datasetImportJobArn"]

    def import_rows(self, kind, text, mode="FULL", **options):
        return self.wait("dataset_import_job", self.start_import(kind, text, mode), **options)

    def stocked(self):
        """With interactions, items and users."""
        for kind, fields, text in (
            ("INTERACTIONS", INTERACTIONS, interactions_csv()),
            ("ITEMS", ITEMS, items_csv()),
            ("USERS", USERS, users_csv()),
        ):
            self.dataset(kind, fields)
            self.import_rows(kind, text)
        return self

    def solution(self, recipe="aws-popularity-count", **options):
        """A solution; a network is a small one unless the options say otherwise."""
        name = f"{self.id}-{uuid4().hex[:6]}"
        if recipe in NETWORKS:
            options.setdefault("solutionConfig", {"algorithmHyperParameters": {"hidden_dimension": "32"}})
        return self.personalize.create_solution(
            name=name,
            datasetGroupArn=self.group,
            recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
            **options,
        )["solutionArn"]

    def version(self, solution, **options):
        arn = self.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        self.wait("solution_version", arn, **options)
        return arn

    def campaign(self, version, **options):
        name = f"{self.id}-{uuid4().hex[:6]}"
        arn = self.personalize.create_campaign(name=name, solutionVersionArn=version, **options)[
            "campaignArn"
        ]
        self.wait("campaign", arn)
        return arn

    def trained(self, recipe, **options):
        """A campaign of a freshly trained version."""
        return self.campaign(self.version(self.solution(recipe, **options)))

    def new_recommender(self, recipe, **options):
        """A recommender that is being made."""
        return self.personalize.create_recommender(
            name=f"{self.id}-{uuid4().hex[:6]}",
            datasetGroupArn=self.group,
            recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
            **options,
        )["recommenderArn"]

    def recommender(self, recipe, **options):
        arn = self.new_recommender(recipe, **options)
        self.wait("recommender", arn)
        return arn

    def recommend(self, campaign, user="u0", **options):
        return self.runtime.get_recommendations(campaignArn=campaign, userId=user, **options)["itemList"]
