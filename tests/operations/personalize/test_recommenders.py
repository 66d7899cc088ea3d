"""Recommenders: use cases of domain dataset groups, from their making to their end."""

from collections import Counter

import pytest

from presage.operations import upkeep
from presage.operations.personalize.following import Follower
from presage.recipes.use_cases import USE_CASES

from ...running import wait_until
from ..bazaar import VIEWS, Bazaar, interactions, interactions_csv
from ..shop import error_of

BOUGHT = "aws-ecomm-popular-items-by-purchases"
WEEK = 7 * 86_400.0


def described(bazaar, arn):
    return bazaar.personalize.describe_recommender(recommenderArn=arn)["recommender"]


@pytest.mark.parametrize("recipe", USE_CASES)
class TestEveryUseCase:
    def test_it_is_trained_and_answers_without_scores(self, bazaars, recipe):
        case = USE_CASES[recipe]
        bazaar = bazaars[case.domain]
        arn = bazaar.recommender(recipe)
        found = described(bazaar, arn)
        assert 0 < found["modelMetrics"]["coverage"] <= 1
        assert found["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
        asked = {"userId": "u0"} if case.asks_user else {}
        asked |= {"itemId": "i3"} if case.asks_item else {}
        answer = bazaar.runtime.get_recommendations(recommenderArn=arn, numResults=30, **asked)
        assert answer["itemList"]
        assert all(set(item) == {"itemId"} for item in answer["itemList"])
        shown = {item["itemId"] for item in answer["itemList"]}
        left_out = bazaar.used("u0", case.leaves_out) if case.leaves_out else set()
        assert not shown & left_out
        assert shown >= {f"i{n}" for n in range(30)} - left_out - {"i3"}
        for member in asked:
            rest = {name: value for name, value in asked.items() if name != member}
            code, text = error_of(bazaar.runtime.get_recommendations, recommenderArn=arn, **rest)
            assert code == "InvalidInputException"
            assert f"{member} is missing" in text


class TestAnswers:
    def test_popularity_counts_events_of_the_type_in_any_case(self, bazaar, views):
        n_views = Counter(item for _, item, type_ in bazaar.events_told if type_ == "view")
        shown = [n_views[item] for item in bazaar.ask(views, userId="u0", numResults=30)]
        assert shown == sorted(shown, reverse=True)

    def test_what_was_bought_a_moment_ago_is_left_out_before_the_filter(self, bazaar):
        also_viewed = bazaar.recommender("aws-ecomm-customers-who-viewed-x-also-viewed")
        asked = {"userId": "new here", "itemId": "i3", "numResults": 30}
        first = bazaar.ask(also_viewed, **asked)[0]
        tracker = bazaar.personalize.create_event_tracker(name=bazaar.id, datasetGroupArn=bazaar.group)
        bought = {"eventType": "PURCHASE", "itemId": first, "sentAt": bazaar.server.clock.now}
        bazaar.events.put_events(
            trackingId=tracker["trackingId"], sessionId="s", userId="new here", eventList=[bought]
        )
        shown = bazaar.ask(also_viewed, **asked)
        assert first not in shown
        only = bazaar.personalize.create_filter(
            name=bazaar.id,
            datasetGroupArn=bazaar.group,
            filterExpression='INCLUDE ItemID WHERE Items.CATEGORY_L1 IN ("low")',
        )["filterArn"]
        filtered = bazaar.ask(also_viewed, filterArn=only, **asked)
        assert filtered == [item for item in shown if int(item[1:]) < 15]

    def test_related_items_are_of_one_taste(self, bazaar):
        together = bazaar.recommender("aws-ecomm-frequently-bought-together")
        assert all(int(item[1:]) < 15 for item in bazaar.ask(together, itemId="i3", numResults=10))

    def test_a_campaign_arn_is_none_of_a_recommender(self, bazaar, views):
        code, _ = error_of(bazaar.runtime.get_recommendations, campaignArn=views, userId="u0")
        assert code == "ResourceNotFoundException"

    def test_metadata_comes_under_lower_case_keys(self, bazaar, views):
        answer = bazaar.runtime.get_recommendations(
            recommenderArn=views, userId="u0", metadataColumns={"ITEMS": ["CATEGORY_L1", "price"]}
        )
        assert all(set(item["metadata"]) == {"category_l1", "price"} for item in answer["itemList"])


class TestMaking:
    @pytest.mark.parametrize(
        ("recipe", "code", "part"),
        [
            ("aws-vod-top-picks", "InvalidInputException", "is for VIDEO_ON_DEMAND dataset groups"),
            ("aws-sims", "InvalidInputException", "is a recipe of solutions"),
            ("aws-ecomm-nothing", "ResourceNotFoundException", "No recipe"),
        ],
    )
    def test_the_recipe_must_be_a_use_case_of_the_domain(self, bazaar, recipe, code, part):
        found, text = error_of(lambda: bazaar.new_recommender(recipe))
        assert found == code
        assert part in text

    def test_a_custom_group_has_none(self, bazaar):
        custom = bazaar.personalize.create_dataset_group(name=f"{bazaar.id}-custom")["datasetGroupArn"]
        code, text = error_of(
            bazaar.personalize.create_recommender,
            name="r",
            datasetGroupArn=custom,
            recipeArn=f"arn:aws:personalize:::recipe/{VIEWS}",
        )
        assert (code, "a custom group" in text) == ("InvalidInputException", True)

    @pytest.mark.parametrize(
        ("config", "part"),
        [
            ({"itemExplorationConfig": {"explorationWeight": "0.5"}}, "takes no itemExplorationConfig"),
            ({"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["COLOUR"]}}}, "COLOUR"),
            ({"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["item_id"]}}}, "leave it in"),
        ],
    )
    def test_a_wrong_configuration_is_named(self, bazaar, views, config, part):
        code, text = error_of(lambda: bazaar.new_recommender(VIEWS, recommenderConfig=config))
        assert (code, part in text) == ("InvalidInputException", True), text
        code, text = error_of(
            bazaar.personalize.update_recommender, recommenderArn=views, recommenderConfig=config
        )
        assert (code, part in text) == ("InvalidInputException", True), text

    def test_a_name_is_taken_once(self, bazaar, views):
        code, _ = error_of(
            bazaar.personalize.create_recommender,
            name=views.rpartition("/")[2],
            datasetGroupArn=bazaar.group,
            recipeArn=f"arn:aws:personalize:::recipe/{VIEWS}",
        )
        assert code == "ResourceAlreadyExistsException"

    def test_it_is_listed_by_its_group(self, bazaars, views):
        bazaar = bazaars["ECOMMERCE"]
        listed = bazaar.personalize.list_recommenders(datasetGroupArn=bazaar.group)["recommenders"]
        assert views in {one["recommenderArn"] for one in listed}
        other = bazaar.personalize.list_recommenders(datasetGroupArn=bazaars["VIDEO_ON_DEMAND"].group)
        assert views not in {one["recommenderArn"] for one in other["recommenders"]}

    def test_too_few_events_of_the_type_fail_first_and_later_leave_it_as_it_is(self, bazaar):
        process = bazaar.server
        small = Bazaar(process, "ECOMMERCE")
        few = [event for n, event in enumerate(small.events_told) if event[2] != "Purchase" or n < 500]
        small.import_rows("INTERACTIONS", interactions_csv(few))
        arn = small.new_recommender(BOUGHT)
        process.run_jobs()
        found = described(small, arn)
        assert found["status"] == "CREATE FAILED"
        assert (
            "fewer than 1000 interactions after filtering by event type: Purchase" in found["failureReason"]
        )
        assert "modelMetrics" not in found
        assert error_of(small.runtime.get_recommendations, recommenderArn=arn, userId="u0")[0] == (
            "InvalidInputException"
        )
        small.import_rows("INTERACTIONS", interactions_csv(interactions("ECOMMERCE")))
        small.personalize.update_recommender(recommenderArn=arn, recommenderConfig={})
        assert small.wait("recommender", arn)["modelMetrics"]
        shown = small.ask(arn, userId="u0")
        assert shown
        small.import_rows("INTERACTIONS", interactions_csv(few))
        columns = {"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}
        small.personalize.update_recommender(recommenderArn=arn, recommenderConfig=columns)
        process.run_jobs()
        found = described(small, arn)
        assert (found["status"], found["latestRecommenderUpdate"]["status"]) == ("ACTIVE", "CREATE FAILED")
        assert "fewer than 1000" in found["latestRecommenderUpdate"]["failureReason"]
        assert "failureReason" not in found
        assert "trainingDataConfig" not in found["recommenderConfig"]
        assert small.ask(arn, userId="u0") == shown


def forget(bazaar, *arns):
    for arn in arns:
        bazaar.personalize.delete_recommender(recommenderArn=arn)
        bazaar.gone("recommender", arn)


class TestLife:
    @pytest.fixture
    def arn(self, bazaar):
        arn = bazaar.recommender(VIEWS)
        yield arn
        forget(bazaar, arn)

    def folder(self, bazaar, arn):
        stores = bazaar.server.stores
        return stores.model_folder(stores.records.expect(arn))

    def test_stopped_it_answers_nothing_until_it_is_started(self, bazaar, arn):
        bazaar.personalize.stop_recommender(recommenderArn=arn)
        assert described(bazaar, arn)["status"] == "INACTIVE"
        code, text = error_of(bazaar.runtime.get_recommendations, recommenderArn=arn, userId="u0")
        assert (code, "INACTIVE" in text) == ("InvalidInputException", True)
        assert (
            error_of(bazaar.personalize.stop_recommender, recommenderArn=arn)[0] == "ResourceInUseException"
        )
        code, _ = error_of(bazaar.personalize.update_recommender, recommenderArn=arn, recommenderConfig={})
        assert code == "ResourceInUseException"
        bazaar.personalize.start_recommender(recommenderArn=arn)
        assert described(bazaar, arn)["status"] == "ACTIVE"
        assert bazaar.ask(arn, userId="u0")
        assert (
            error_of(bazaar.personalize.start_recommender, recommenderArn=arn)[0] == "ResourceInUseException"
        )

    def test_a_change_of_configuration_trains_nothing(self, bazaar, arn):
        before = self.folder(bazaar, arn)
        assert "latestRecommenderUpdate" not in described(bazaar, arn)
        wanted = {"enableMetadataWithRecommendations": True}
        bazaar.personalize.update_recommender(recommenderArn=arn, recommenderConfig=wanted)
        found = described(bazaar, arn)
        assert found["latestRecommenderUpdate"]["status"] == "ACTIVE"
        config = {"minRecommendationRequestsPerSecond": 1, **wanted}
        assert found["recommenderConfig"] == found["latestRecommenderUpdate"]["recommenderConfig"] == config
        assert self.folder(bazaar, arn) == before

    def test_a_change_of_columns_trains_while_the_old_one_answers(self, bazaar, arn):
        before = self.folder(bazaar, arn)
        columns = {"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}
        bazaar.personalize.update_recommender(recommenderArn=arn, recommenderConfig=columns)
        found = described(bazaar, arn)
        assert (found["status"], found["latestRecommenderUpdate"]["status"]) == ("ACTIVE", "CREATE PENDING")
        assert "trainingDataConfig" not in found["recommenderConfig"]
        assert bazaar.ask(arn, userId="u0")
        bazaar.server.run_jobs()
        found = described(bazaar, arn)
        assert found["latestRecommenderUpdate"]["status"] == "ACTIVE"
        assert found["recommenderConfig"]["trainingDataConfig"] == columns["trainingDataConfig"]
        after = self.folder(bazaar, arn)
        assert after != before
        Follower(bazaar.server.server).step()
        assert bazaar.server.server.deployments.campaign(arn).model == after
        same = {"trainingDataConfig": {"excludedDatasetColumns": {"items": ["price"]}}}
        bazaar.personalize.update_recommender(recommenderArn=arn, recommenderConfig=same)
        assert self.folder(bazaar, arn) == after, "the same columns"

    def test_it_is_trained_again_weekly_if_there_is_news(self, inside):
        def look(seconds):
            inside.clock.now += seconds
            upkeep.begin_due(inside.server)
            inside.run_jobs()
            return self.folder(bazaar, arn)

        bazaar = Bazaar(inside, "ECOMMERCE")
        arn = bazaar.recommender(VIEWS)
        first = self.folder(bazaar, arn)
        assert look(WEEK) == first, "nothing new came in"
        bazaar.import_rows("INTERACTIONS", interactions_csv(bazaar.events_told))
        second = look(WEEK / 50)
        assert second != first
        assert first.exists(), "who is just loading it must find it"
        inside.clock.now += 1
        bazaar.import_rows("INTERACTIONS", interactions_csv(bazaar.events_told))
        assert look(WEEK / 2) == second, "a week has not gone by"
        bazaar.personalize.stop_recommender(recommenderArn=arn)
        assert look(WEEK) == second, "it is stopped"
        bazaar.personalize.start_recommender(recommenderArn=arn)
        third = look(WEEK / 50)
        assert third != second
        assert not first.exists()

    def test_another_process_follows(self, bazaar, arn):
        process = bazaar.server
        deployments = process.server.deployments
        assert bazaar.ask(arn, userId="u0")
        with process.stores.records.writing() as records:
            records.settle(records.begin(arn, "STOP", {"ACTIVE"}))
        follower = Follower(process.server)
        follower.step()
        assert deployments.get(arn) is None
        bazaar.personalize.start_recommender(recommenderArn=arn)
        deployments.remove(arn)
        follower.step()
        assert deployments.get(arn) is not None
        deployments.remove(arn)
        Follower(process.server).deploy_all()
        assert deployments.get(arn) is not None

    def test_it_goes_with_its_models_and_keeps_its_group(self, bazaar):
        process = bazaar.server
        arn = bazaar.new_recommender(VIEWS)
        for delete, named in (
            (bazaar.personalize.delete_recommender, {"recommenderArn": arn}),
            (bazaar.personalize.delete_dataset_group, {"datasetGroupArn": bazaar.group}),
            (bazaar.personalize.delete_dataset, {"datasetArn": bazaar.datasets["INTERACTIONS"]}),
        ):
            assert error_of(delete, **named)[0] == "ResourceInUseException"
        process.run_jobs()
        folder = self.folder(bazaar, arn)
        assert folder.exists()
        forget(bazaar, arn)
        assert not folder.parent.exists()
        code, _ = error_of(bazaar.runtime.get_recommendations, recommenderArn=arn, userId="u0")
        assert code == "ResourceNotFoundException"


def test_a_whole_life_on_a_server_that_listens(server):
    """Made, asked, trained anew with other columns while it answers, stopped, started, gone with its group."""
    bazaar = Bazaar(server, "ECOMMERCE")
    arn = bazaar.recommender(VIEWS)
    first = bazaar.ask(arn, userId="u0")
    assert len(first) == 25
    columns = {"trainingDataConfig": {"includedDatasetColumns": {"ITEMS": ["PRICE"]}}}
    bazaar.personalize.update_recommender(recommenderArn=arn, recommenderConfig=columns)
    assert bazaar.ask(arn, userId="u0") == first
    wait_until(lambda: described(bazaar, arn)["latestRecommenderUpdate"])
    bazaar.personalize.stop_recommender(recommenderArn=arn)
    wait_until(lambda: described(bazaar, arn), wanted=["INACTIVE"])
    server.settle()
    assert error_of(bazaar.ask, recommender=arn, userId="u0")[0] == "InvalidInputException"
    bazaar.personalize.start_recommender(recommenderArn=arn)
    wait_until(lambda: described(bazaar, arn))
    assert bazaar.ask(arn, userId="u0") == first
    forget(bazaar, arn)
    for dataset in bazaar.datasets.values():
        bazaar.personalize.delete_dataset(datasetArn=dataset)
        bazaar.gone("dataset", dataset)
    bazaar.personalize.delete_dataset_group(datasetGroupArn=bazaar.group)
    bazaar.gone("dataset_group", bazaar.group)
