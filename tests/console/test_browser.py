"""The console in a real browser: a newcomer's way by clicking alone, then every page in all its dresses."""

import csv
import json
import random

import pytest

from presage.console.pages import PAGES

from ..running import RunningServer
from .looking import grave_faults, window
from .stocking import call, stock

NAME = "shop"
ARN = "arn:aws:personalize:us-east-1:000000000000:"
USER = "anna <b>&'\""
"""An id may hold anything."""
BELOW = (
    f"/resources/{ARN}solution/{NAME}",
    f"/resources/{ARN}dataset-group/{NAME}",
    "/kinds/personalize/DatasetImportJob",
    f"/data/{ARN}dataset/{NAME}/INTERACTIONS",
    f"/start/making/{NAME}",
    f"/try?campaign={ARN}campaign/{NAME}&user=u3",
    f"/resources/{ARN.replace('personalize', 'deliveries')}delivery/weekly",
    "/offers/spring",
    "/experiments/season",
    "/pipelines/daily",
    "/runs/daily.monday",
    f"/act/delete/{ARN}dataset-group/{NAME}",
    f"/act/delete/{ARN}campaign/{NAME}",
    "/nowhere",
)
"""Pages that others link to."""
IN_THE_DARK = (
    "",
    "/filters",
    "/keys",
    "/alarms",
    "/offers/spring",
    "/runs/daily.monday",
    *BELOW[3:6],
    "/nowhere",
)
"""Pages that together have all that pages are made of."""
PATHS = [*(page.path for page in PAGES if page.title), *BELOW]


def write_orders(path):
    """Orders as a shop's spreadsheet writes them: its own words, semicolons, days first."""
    rng = random.Random(0)
    rows = []
    for n in range(1_500):
        user = USER if n % 50 == 0 else f"u{rng.randrange(40)}"
        item = rng.randrange(20)
        rows.append([user, f"sku-{item}", f"Thing <i>no</i> {item}", f"{1 + n % 28}/03/2024 {n % 24}:05"])
    rows.append(["", "sku-1", "of nobody", "1/03/2024 0:00"])
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["Customer", "SKU", "Product title", "bought on"], *rows])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A server without anything on it."""
    running = RunningServer(tmp_path_factory.mktemp("site") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def stocked(site, chromium, tmp_path_factory):
    """The site after a newcomer has come with a CSV in hand, and clicked."""
    orders = tmp_path_factory.mktemp("orders") / "orders 2024.csv"
    write_orders(orders)
    with window(chromium) as page:
        page.goto(f"{site.url}/console")
        page.click("text=Bring data")
        page.set_input_files("#file", orders)
        page.click("text=Upload")
        page.wait_for_selector("#preview td")
        seen = {"columns": page.input_value("#name"), "preview": page.inner_text("#preview")}
        for form, n_read in (("m/d/Y", "648"), ("d/m/Y", "1,500")):
            page.select_option("#form", form)
            page.wait_for_selector(f"#preview :text('{n_read} of the first 1,501 rows')")
        page.fill("#name", NAME)
        page.check("input[value=aws-popularity-count]")
        page.click("text=Make recommendations")
        page.wait_for_url("**/console/start/making/shop")
        page.wait_for_selector("text=Users that it knows", timeout=120_000)
        page.fill("#user", USER)
        page.click("text=Recommend >> nth=-1")
        page.wait_for_selector("ol.items li")
        seen |= {
            "answer": page.inner_text("main"),
            "n": page.locator("section:first-of-type ol.items > li").count(),
        }
    tracker = site.client("personalize").create_event_tracker(
        name=NAME, datasetGroupArn=f"{ARN}dataset-group/{NAME}"
    )
    stock(site.url, site.client("personalize-events"), tracker["trackingId"])
    return seen


def test_a_newcomer_reaches_recommendations_for_one_user(stocked):
    assert stocked["columns"] == "orders-2024"
    assert "USER_ID" in stocked["preview"]
    assert "1 Mar 2024, 00:05:00" in stocked["preview"]
    assert f"Recommended to {USER}" in stocked["answer"]
    assert "Thing <i>no</i> " in stocked["answer"]
    assert f"What {USER} did last" in stocked["answer"]
    assert stocked["n"] == 10
    assert "sku-" in stocked["answer"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_no_fault(site, chromium, stocked, path):
    """Nothing goes wrong, axe finds nothing grave in light and dark, a phone need not scroll aside."""
    with window(chromium, is_missing=path == "/nowhere") as page:
        page.goto(f"{site.url}/console{path}")
        page.wait_for_selector("[hx-trigger=load]", state="detached")
        assert grave_faults(page) == []
        if path in IN_THE_DARK:
            page.emulate_media(color_scheme="dark")
            assert grave_faults(page, "dark") == []
        page.set_viewport_size({"width": 360, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_alone_reaches_everything(site, chromium, stocked):
    with window(chromium) as page:
        page.goto(f"{site.url}/console")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.focus("text=Filters")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/filters")
    assert outline == "solid"


def test_on_a_phone_the_menu_opens_and_closes(site, chromium, stocked):
    with window(chromium, width=360) as page:
        page.goto(f"{site.url}/console")
        assert not page.is_visible("nav")
        page.click("text=Menu")
        assert page.is_visible("nav")
        page.click("text=Jobs")
        page.wait_for_url("**/console/jobs")
        assert not page.is_visible("nav")


def test_a_filter_is_counted_while_one_writes(site, chromium, stocked):
    with window(chromium) as page:
        page.goto(f"{site.url}/console/filters")
        page.fill("#expression", "EXCLUDE ItemID WHERE Items.COLOUR")
        page.wait_for_selector("#checked .error")
        page.fill("#expression", "EXCLUDE ItemID WHERE Items.ITEM_NAME IN ($names)")
        page.fill("#value-names", '"Thing <i>no</i> 1"')
        page.wait_for_selector("#checked .done:has-text('19 of 20')")
        page.fill("#name", "not-those")
        page.click("text=Make the filter")
        page.wait_for_selector("text=not-those")


def test_a_run_that_failed_goes_on_by_a_click(site, chromium, stocked):
    with window(chromium) as page:
        page.goto(f"{site.url}/console/runs/daily.monday")
        page.click("text=Go on where it ended")
        page.wait_for_selector("#run .status:has-text('RUNNING'), #run .status:has-text('FAILED')")


def press(page, selector):
    """What somebody does who has no mouse."""
    page.focus(selector)
    page.keyboard.press("Enter")


def test_a_training_is_stopped_where_jobs_are_watched(site, chromium, stocked):
    personalize = site.client("personalize")
    solution = personalize.create_solution(
        name="slow",
        datasetGroupArn=f"{ARN}dataset-group/{NAME}",
        recipeArn="arn:aws:personalize:::recipe/aws-user-personalization-v2",
        performAutoTraining=False,
        performHPO=True,
    )["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    with window(chromium) as page:
        page.goto(f"{site.url}/console/jobs")
        press(page, f"button:has-text('Stop the training {version.partition('/')[2]}')")
        page.wait_for_selector("#state .status:has-text('CREATE STOPPED')")
    assert personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]["status"] == (
        "CREATE STOPPED"
    )


def test_a_run_is_cancelled_and_its_pipeline_deleted(site, chromium, stocked):
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
    call(site.url, "POST", "/pipelines", name="slow", definition=json.dumps(definition))
    with window(chromium) as page:
        page.goto(f"{site.url}/console/pipelines/slow")
        press(page, "text=Run it now")
        press(page, "#run button:has-text('Cancel')")
        page.wait_for_selector("#run .status:has-text('CANCELLED')")
        page.click("text=slow")
        page.click("text=Delete…")
        page.wait_for_selector("text=These are deleted with it")
        press(page, "text=Delete it")
        page.wait_for_url("**/console/kinds/pipelines/Pipeline")
        page.wait_for_selector("main >> text=slow", state="detached")


def test_a_filter_is_deleted_after_a_look_at_what_depends_on_it(site, chromium, stocked):
    group = f"{ARN}dataset-group/{NAME}"
    arn = site.client("personalize").create_filter(
        name="gone", datasetGroupArn=group, filterExpression='EXCLUDE ItemID WHERE Items.ITEM_NAME IN ("a")'
    )["filterArn"]
    with window(chromium) as page:
        page.goto(f"{site.url}/console/filters?group={group}")
        page.click("text=gone")
        press(page, "text=Delete…")
        press(page, "text=Keep it")
        page.wait_for_url(f"**/console/resources/{arn}")
        press(page, "text=Delete…")
        press(page, "text=Delete it")
        page.wait_for_url("**/console/kinds/personalize/Filter")
        page.wait_for_selector("main >> text=gone", state="detached")
        page.goto(f"{site.url}/console/act/delete/{group}")
        page.wait_for_selector("text=It cannot be deleted while something uses it.")
        page.click(f"main >> text={NAME}/INTERACTIONS")
        page.wait_for_url(f"**/console/data/{ARN}dataset/{NAME}/INTERACTIONS")


def test_an_alarm_is_switched_off(site, chromium, stocked):
    with window(chromium) as page:
        page.goto(f"{site.url}/console/alarms")
        press(page, "button:has-text('Switch off latency')")
        press(page, "button:has-text('Switch on latency')")
        page.wait_for_selector("button:has-text('Switch off latency')")


def test_why_an_item_is_recommended(site, chromium, stocked):
    with window(chromium) as page:
        page.goto(f"{site.url}/console/try?campaign={ARN}campaign/{NAME}&user=u3")
        page.click("summary >> nth=0")
        page.wait_for_selector("text=Rank 1 of 20")
