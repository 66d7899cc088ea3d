"""A whole account, walked through by unmodified boto3: every kind of data, every recipe, every call, and away again."""

import json
import time

import numpy as np
import pytest
from botocore.exceptions import ClientError

from presage.operations.personalize.catalogue import LISTED

from .operations.shop import avro
from .running import running_server, wait_until

pytestmark = pytest.mark.timeout(900)
ROLE = "arn:aws:iam::000000000000:role/any"
RECIPE = "arn:aws:personalize:::recipe/"
BEGIN = 1_750_000_000
WORDS = {
    "low": ["copper kettle", "tea strainer", "porcelain cup", "sugar tongs"],
    "high": ["hiking boots", "rain jacket", "camping stove", "rope ladder"],
}
STRING, CATEGORY = {"type": "string"}, {"type": "string", "categorical": True}
ID = {"USER_ID": STRING, "ITEM_ID": STRING, "ACTION_ID": STRING}
CUSTOM = {
    "INTERACTIONS": {
        "USER_ID": STRING,
        "ITEM_ID": STRING,
        "TIMESTAMP": {"type": "long"},
        "EVENT_TYPE": STRING,
        "EVENT_VALUE": {"type": ["float", "null"]},
        "DEVICE": {"type": ["null", "string"], "categorical": True},
    },
    "ITEMS": {
        "ITEM_ID": STRING,
        "GENRE": CATEGORY,
        "PRICE": {"type": "float"},
        "TITLE": {"type": "string", "itemName": True},
        "DESCRIPTION": {"type": "string", "textual": True},
        "CREATION_TIMESTAMP": {"type": "long"},
    },
    "USERS": {"USER_ID": STRING, "GENDER": CATEGORY},
    "ACTIONS": {"ACTION_ID": STRING, "VALUE": {"type": ["null", "long"]}, "KIND": CATEGORY},
    "ACTION_INTERACTIONS": {
        "USER_ID": STRING,
        "ACTION_ID": STRING,
        "TIMESTAMP": {"type": "long"},
        "EVENT_TYPE": STRING,
    },
}
NAMES = {"ACTION_INTERACTIONS": "ActionInteractions"}
ECOMMERCE = {
    "INTERACTIONS": {
        "USER_ID": STRING,
        "ITEM_ID": STRING,
        "TIMESTAMP": {"type": "long"},
        "EVENT_TYPE": STRING,
    },
    "ITEMS": {"ITEM_ID": STRING, "PRICE": {"type": "float"}, "CATEGORY_L1": CATEGORY},
    "USERS": {"USER_ID": STRING, "MEMBERSHIP_STATUS": CATEGORY},
}
VIDEO_ON_DEMAND = {
    "INTERACTIONS": ECOMMERCE["INTERACTIONS"],
    "ITEMS": {"ITEM_ID": STRING, "GENRES": CATEGORY, "CREATION_TIMESTAMP": {"type": "long"}},
    "USERS": {"USER_ID": STRING, "GENDER": CATEGORY},
}
QUICK = {  # settings that let a recipe of many passes learn a little, quickly
    "aws-user-personalization": {"hidden_dimension": "32"},
    "aws-personalized-ranking": {"hidden_dimension": "32"},
    "aws-hrnn": {"hidden_dimension": "32"},
    "aws-hrnn-metadata": {"hidden_dimension": "32"},
    "aws-hrnn-coldstart": {"hidden_dimension": "32"},
    "aws-item-affinity": {"hidden_dimension": "32"},
    "aws-item-attribute-affinity": {"hidden_dimension": "32"},
}


def csv_of(columns, rows):
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


class World:
    """Users of two tastes, items of two kinds, actions that one of them likes."""

    n_users, n_items, n_actions = 60, 40, 4

    def __init__(self, event_types, seed=0):
        self.rng = np.random.default_rng(seed)
        self.event_types = event_types

    def interactions(self, columns, n=2200):
        rows = []
        for number in range(n):
            user, half = int(self.rng.integers(self.n_users)), self.n_items // 2
            known = {
                "USER_ID": f"u{user}",
                "ITEM_ID": f"i{int(self.rng.integers(half)) + half * (user % 2)}",
                "TIMESTAMP": BEGIN + number,
                "EVENT_TYPE": self.event_types[number % len(self.event_types)],
                "EVENT_VALUE": 1.5,
                "DEVICE": "phone",
            }
            rows.append([known[column] for column in columns])
        return csv_of(columns, rows)

    def items(self, columns):
        rows = []
        for number in range(self.n_items):
            kind = "low" if number < self.n_items // 2 else "high"
            known = {
                "ITEM_ID": f"i{number}",
                "GENRE": kind,
                "GENRES": kind,
                "CATEGORY_L1": kind,
                "PRICE": number + 0.5,
                "TITLE": WORDS[kind][number % 4],
                "DESCRIPTION": f"a {WORDS[kind][number % 4]} no {number}",
                "CREATION_TIMESTAMP": BEGIN + number,
            }
            rows.append([known[column] for column in columns])
        return csv_of(columns, rows)

    def users(self, columns):
        return csv_of(columns, [[f"u{n}", "ab"[n % 2]] for n in range(self.n_users)])

    def actions(self, columns):
        return csv_of(columns, [[f"a{n}", n + 1, "mail"] for n in range(self.n_actions)])

    def action_interactions(self, columns):
        rows = []
        for number in range(1500):
            user, action = int(self.rng.integers(self.n_users)), int(self.rng.integers(self.n_actions))
            taken = "TAKEN" if (user + action) % 2 else "NOT_TAKEN"
            rows.append([f"u{user}", f"a{action}", BEGIN + number, taken])
        return csv_of(columns, rows)


class Group:
    """A dataset group that is made, filled and taken away."""

    def __init__(self, server, name, schemas, event_types, domain=None):
        self.personalize = server.client("personalize")
        self.runtime = server.client("personalize-runtime")
        self.events = server.client("personalize-events")
        self.s3 = server.client("s3")
        self.name, self.options = name, {"domain": domain} if domain else {}
        self.s3.create_bucket(Bucket=name)
        made = self.personalize.create_dataset_group(name=name, **self.options)
        self.arn = made["datasetGroupArn"]
        self.wait("dataset_group", self.arn)
        world = World(event_types)
        self.datasets = {kind: self.dataset(kind, columns) for kind, columns in schemas.items()}
        jobs = [
            self.begin_import(kind, getattr(world, kind.lower())(list(schemas[kind]))) for kind in schemas
        ]
        for job in jobs:
            self.wait("dataset_import_job", job)

    def wait(self, kind, arn, **options):
        camel = "".join(part.title() for part in kind.split("_"))
        member = camel[0].lower() + camel[1:]
        describe = getattr(self.personalize, f"describe_{kind}")
        return wait_until(lambda: describe(**{f"{member}Arn": arn})[member], seconds=300, **options)

    def dataset(self, kind, columns):
        fields = [{"name": name, **rest} for name, rest in columns.items()]
        text = avro(NAMES.get(kind, kind.title()), fields)
        schema = self.personalize.create_schema(name=f"{self.name}-{kind}", schema=text, **self.options)
        made = self.personalize.create_dataset(
            name=f"{self.name}-{kind}",
            schemaArn=schema["schemaArn"],
            datasetGroupArn=self.arn,
            datasetType=kind,
        )
        self.wait("dataset", made["datasetArn"])
        return made["datasetArn"]

    def begin_import(self, kind, text):
        self.put(f"{kind}.csv", text)
        return self.personalize.create_dataset_import_job(
            jobName=f"{self.name}-{kind}",
            datasetArn=self.datasets[kind],
            dataSource={"dataLocation": f"s3://{self.name}/{kind}.csv"},
            roleArn=ROLE,
        )["datasetImportJobArn"]

    def put(self, key, text):
        self.s3.put_object(Bucket=self.name, Key=key, Body=text.encode())
        return f"s3://{self.name}/{key}"

    def lines(self, key):
        body = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return [json.loads(line) for line in body.splitlines()]

    def keys(self, prefix):
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def events_of(self, tracker):
        """Tell an event of somebody new, and who they are."""
        event = {"eventType": "click", "itemId": "i3", "sentAt": BEGIN, "recommendationId": "RID-1"}
        self.events.put_events(trackingId=tracker, sessionId="s", userId="newcomer", eventList=[event])
        self.events.put_users(
            datasetArn=self.datasets["USERS"], users=[{"userId": "newcomer", "properties": '{"gender": "a"}'}]
        )

    def gone(self, kind, arn):
        camel = "".join(part.title() for part in kind.split("_"))
        describe = getattr(self.personalize, f"describe_{kind}")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                describe(**{f"{camel[0].lower()}{camel[1:]}Arn": arn})
            except self.personalize.exceptions.ResourceNotFoundException:
                return
            time.sleep(0.05)
        raise AssertionError(f"{arn} is still there")

    def away(self):
        """Delete all that there is of the group, in the order that AWS asks for."""
        delete = {kind: getattr(self.personalize, f"delete_{kind}") for kind in KINDS}
        for solution in self.personalize.list_solutions(datasetGroupArn=self.arn)["solutions"]:
            for campaign in self.personalize.list_campaigns(solutionArn=solution["solutionArn"])["campaigns"]:
                delete["campaign"](campaignArn=campaign["campaignArn"])
                self.gone("campaign", campaign["campaignArn"])
            delete["solution"](solutionArn=solution["solutionArn"])
            self.gone("solution", solution["solutionArn"])
        for kind, listed, member in LISTED_BY_GROUP:
            found = getattr(self.personalize, f"list_{kind}s")(datasetGroupArn=self.arn)[listed]
            for one in found:
                delete[kind](**{member: one[member]})
                self.gone(kind, one[member])
        for kind in self.datasets:
            self.personalize.delete_schema(schemaArn=self.schema_arn(kind))
        self.personalize.delete_dataset_group(datasetGroupArn=self.arn)
        self.gone("dataset_group", self.arn)

    def schema_arn(self, kind):
        return f"arn:aws:personalize:us-east-1:000000000000:schema/{self.name}-{kind}"


LISTED_BY_GROUP = (
    ("recommender", "recommenders", "recommenderArn"),
    ("event_tracker", "eventTrackers", "eventTrackerArn"),
    ("filter", "Filters", "filterArn"),
    ("metric_attribution", "metricAttributions", "metricAttributionArn"),
    ("dataset", "datasets", "datasetArn"),
)
KINDS = ("campaign", "solution", *(kind for kind, _, _ in LISTED_BY_GROUP))
SEGMENTS = ("aws-item-affinity", "aws-item-attribute-affinity")
NO_BATCH = ("aws-trending-now", "aws-next-best-action", *SEGMENTS)
AT_ONCE, JOBS_AT_ONCE = 18, 5
"""So many trainings and batch jobs are under way at once, no more than AWS allows."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = running_server(tmp_path_factory.mktemp("walk") / "data", workers=2).start()
    yield running
    assert running.stop() == 0


def trained(group):
    """Recipe -> an ACTIVE version of it, for every recipe that is no use case's."""
    versions = {}
    for begin in range(0, len(LISTED), AT_ONCE):
        for recipe in sorted(LISTED)[begin : begin + AT_ONCE]:
            config = {"algorithmHyperParameters": QUICK[recipe]} if recipe in QUICK else {}
            solution = group.personalize.create_solution(
                name=f"{group.name}-{recipe}",
                datasetGroupArn=group.arn,
                recipeArn=RECIPE + recipe,
                performAutoTraining=False,
                solutionConfig=config,
            )["solutionArn"]
            made = group.personalize.create_solution_version(solutionArn=solution)
            versions[recipe] = made["solutionVersionArn"]
        for arn in versions.values():
            group.wait("solution_version", arn)
    for arn in versions.values():
        assert group.personalize.get_solution_metrics(solutionVersionArn=arn)["metrics"]
    return versions


def deployed(group, versions):
    """Recipe -> a campaign of it, for every recipe that can be deployed."""
    campaigns = {
        recipe: group.personalize.create_campaign(name=f"{group.name}-{recipe}", solutionVersionArn=version)[
            "campaignArn"
        ]
        for recipe, version in versions.items()
        if recipe not in SEGMENTS
    }
    for arn in campaigns.values():
        group.wait("campaign", arn)
    return campaigns


def ask(group, recipe, campaign, **options):
    """What a campaign answers to the question that its recipe is for: ids, best first."""
    match LISTED[recipe].type:
        case "PERSONALIZED_RANKING":
            found = group.runtime.get_personalized_ranking(
                campaignArn=campaign, userId="u2", inputList=["i1", "i30", "i7"], **options
            )
            return [one["itemId"] for one in found["personalizedRanking"]]
        case "PERSONALIZED_ACTIONS":
            found = group.runtime.get_action_recommendations(campaignArn=campaign, userId="u2")
            return [one["actionId"] for one in found["actionList"]]
        case "RELATED_ITEMS":
            options |= {"itemId": "i1"}
    found = group.runtime.get_recommendations(campaignArn=campaign, userId="u2", numResults=5, **options)
    assert len(found["recommendationId"]) == 40
    return [one["itemId"] for one in found["itemList"]]


def filtered(group, tracker):
    """ARNs of a filter of items, of one that depends on the user."""
    expressions = {
        "low": "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)",
        "unused": 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")',
        "women": 'INCLUDE UserID WHERE Users.GENDER IN ("a")',
    }
    arns = {}
    for name, expression in expressions.items():
        arns[name] = group.personalize.create_filter(
            name=f"{group.name}-{name}", datasetGroupArn=group.arn, filterExpression=expression
        )["filterArn"]
        group.wait("filter", arns[name])
    return arns


def infer(group, recipe, version):
    """The lines of a batch inference job of a few users, items or lists."""
    line = {
        "PERSONALIZED_RANKING": {"userId": "u2", "itemList": ["i1", "i30"]},
        "RELATED_ITEMS": {"itemId": "i1"},
    }.get(LISTED[recipe].type, {"userId": "u2"})
    made = group.personalize.create_batch_inference_job(
        jobName=f"{group.name}-{recipe}",
        solutionVersionArn=version,
        numResults=5,
        jobInput={"s3DataSource": {"path": group.put(f"in/{recipe}.json", json.dumps(line) + "\n")}},
        jobOutput={"s3DataDestination": {"path": f"s3://{group.name}/out/"}},
        roleArn=ROLE,
    )
    return made["batchInferenceJobArn"]


def segment(group, recipe, version, **options):
    line = {"itemId": "i1"} if recipe == SEGMENTS[0] else {"itemAttributes": 'ITEMS.GENRE = "low"'}
    made = group.personalize.create_batch_segment_job(
        jobName=f"{group.name}-{recipe}",
        solutionVersionArn=version,
        numResults=10,
        jobInput={"s3DataSource": {"path": group.put(f"in/{recipe}.json", json.dumps(line) + "\n")}},
        jobOutput={"s3DataDestination": {"path": f"s3://{group.name}/out/"}},
        roleArn=ROLE,
        **options,
    )
    return made["batchSegmentJobArn"]


def test_a_custom_group(server):
    group = Group(server, "walk", CUSTOM, ["click", "purchase"])
    personalize = group.personalize
    tracker = personalize.create_event_tracker(name="walk", datasetGroupArn=group.arn)["trackingId"]
    attribution = personalize.create_metric_attribution(
        name="walk",
        datasetGroupArn=group.arn,
        metrics=[{"eventType": "click", "metricName": "clicks", "expression": "SAMPLECOUNT()"}],
        metricsOutputConfig={"roleArn": ROLE, "s3DataDestination": {"path": f"s3://{group.name}/reports/"}},
    )["metricAttributionArn"]
    group.wait("metric_attribution", attribution)
    group.events_of(tracker)
    versions = trained(group)
    campaigns = deployed(group, versions)
    filters = filtered(group, tracker)
    for recipe, campaign in campaigns.items():
        found = ask(group, recipe, campaign)
        assert found, recipe
        if LISTED[recipe].type != "PERSONALIZED_ACTIONS":
            chosen = ask(group, recipe, campaign, filterArn=filters["low"], filterValues={"GENRE": '"low"'})
            assert chosen, recipe
            assert all(int(item[1:]) < 20 for item in chosen), recipe

    recipes = [recipe for recipe in versions if recipe not in NO_BATCH]
    for begin in range(0, len(recipes), JOBS_AT_ONCE):
        jobs = [infer(group, recipe, versions[recipe]) for recipe in recipes[begin : begin + JOBS_AT_ONCE]]
        for job in jobs:
            group.wait("batch_inference_job", job)
    for recipe in set(versions) - set(NO_BATCH):
        (line,) = group.lines(f"out/{recipe}.json.out")
        assert line["output"]["recommendedItems"], recipe
    for recipe in SEGMENTS:
        group.wait("batch_segment_job", segment(group, recipe, versions[recipe], filterArn=filters["women"]))
        (line,) = group.lines(f"out/{recipe}.json.out")
        assert line["output"]["usersList"], recipe

    export = personalize.create_dataset_export_job(
        jobName="walk",
        datasetArn=group.datasets["INTERACTIONS"],
        ingestionMode="ALL",
        roleArn=ROLE,
        jobOutput={"s3DataDestination": {"path": f"s3://{group.name}/export/"}},
    )["datasetExportJobArn"]
    group.wait("dataset_export_job", export)
    assert group.keys("export/")
    group.put("forget/users.csv", "USER_ID\nu2\n")
    deletion = personalize.create_data_deletion_job(
        jobName="walk",
        datasetGroupArn=group.arn,
        dataSource={"dataLocation": f"s3://{group.name}/forget/"},
        roleArn=ROLE,
    )["dataDeletionJobArn"]
    done = group.wait("data_deletion_job", deletion, wanted=("COMPLETED",), ended=("FAILED",))
    assert done["numDeleted"] == 1
    group.away()


CASES = {
    "ECOMMERCE": (ECOMMERCE, ["View", "Purchase"]),
    "VIDEO_ON_DEMAND": (VIDEO_ON_DEMAND, ["Watch", "Click"]),
}


def answered_for_long(group, recommender):
    """Ask again and again: another server than the one that stopped it knows of that a moment later."""
    for _ in range(100):
        group.runtime.get_recommendations(recommenderArn=recommender, userId="u2", itemId="i1")
        time.sleep(0.05)


@pytest.mark.parametrize("domain", CASES)
def test_a_domain_group(server, domain):
    schemas, event_types = CASES[domain]
    name = f"walk-{domain.lower().replace('_', '-')}"
    group = Group(server, name, schemas, event_types, domain)
    recipes = [one["name"] for one in group.personalize.list_recipes(domain=domain)["recipes"]]
    assert len(recipes) == 5
    made = {
        recipe: group.personalize.create_recommender(
            name=recipe, datasetGroupArn=group.arn, recipeArn=RECIPE + recipe
        )["recommenderArn"]
        for recipe in recipes
    }
    for arn in made.values():
        group.wait("recommender", arn)
    for recipe, arn in made.items():
        found = group.runtime.get_recommendations(recommenderArn=arn, userId="u2", itemId="i1", numResults=5)
        assert found["itemList"], recipe
    arn = made[recipes[0]]
    group.personalize.stop_recommender(recommenderArn=arn)
    group.wait("recommender", arn, wanted=("INACTIVE",))
    with pytest.raises(ClientError):
        answered_for_long(group, arn)
    group.personalize.start_recommender(recommenderArn=arn)
    group.wait("recommender", arn)
    group.away()
