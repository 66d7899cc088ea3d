"""Takes the pictures of docs/console.md: `python -m tests.console.pictures docs/pictures`."""

import io
import shutil
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from ..running import RunningServer
from .stocking import stock

ARN = "arn:aws:personalize:us-east-1:000000000000:"
NAME = "online-retail"
SIZE = {"width": 1200, "height": 760}
PAGES = {
    "dataset": f"/data/{ARN}dataset/{NAME}/INTERACTIONS",
    "models": "/models",
    "offers": "/offers/spring",
    "run": "/runs/daily.monday",
    "alarms": "/alarms",
    "delete": f"/act/delete/{ARN}dataset-group/{NAME}",
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        site = RunningServer(Path(data, "data")).start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            take(site, browser, folder)
        finally:
            browser.close()
            site.stop()


def take(site, browser, folder):
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(120_000)
    walk(site, page, folder)
    tracker = site.client("personalize").create_event_tracker(
        name="t", datasetGroupArn=f"{ARN}dataset-group/{NAME}"
    )
    stock(site.url, site.client("personalize-events"), tracker["trackingId"])
    train_more(site)
    page.wait_for_timeout(3000)
    for name, path in PAGES.items():
        page.goto(f"{site.url}/console{path}")
        page.wait_for_selector("[hx-trigger=load]", state="detached")
        page.wait_for_timeout(500)
        keep(page, folder / f"{name}.png")
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site.url}/console/filters")
    page.fill("#expression", 'EXCLUDE ItemID WHERE Items.ITEM_NAME IN ("JUMBO BAG RED RETROSPOT")')
    page.wait_for_selector("#checked .done")
    keep(page, folder / "filters-dark.png")


def walk(site, page, folder):
    """A newcomer's way, from an empty server to recommendations for one user."""
    page.goto(f"{site.url}/console/start")
    page.click("text=Take the sample")
    page.wait_for_selector("#preview td")
    keep(page, folder / "columns.png")
    page.check("input[value=presage-ease]")
    page.click("text=Make recommendations")
    page.wait_for_selector(".stages .doing")
    page.wait_for_timeout(3000)
    keep(page, folder / "making.png")
    page.wait_for_selector("text=Users that it knows", timeout=600_000)
    page.fill("#user", "13313")
    page.click("text=Recommend >> nth=-1")
    page.wait_for_selector("ol.items li")
    page.click("summary >> nth=0")
    page.wait_for_selector(".because table")
    keep(page, folder / "try.png")
    phone = page.context.browser.new_page(viewport={"width": 390, "height": 760})
    phone.goto(page.url)
    keep(phone, folder / "phone.png")
    phone.close()


def train_more(site):
    """Other models to compare with."""
    personalize = site.client("personalize")
    for recipe in ("aws-popularity-count", "presage-als"):
        solution = personalize.create_solution(
            name=recipe,
            datasetGroupArn=f"{ARN}dataset-group/{NAME}",
            recipeArn=f"arn:aws:personalize:::recipe/{recipe}",
            performAutoTraining=False,
        )["solutionArn"]
        version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        while (
            personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]["status"]
            != "ACTIVE"
        ):
            time.sleep(0.5)


def keep(page, path):
    """A picture of few colours, so that it stays small."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert(
        "P", palette=Image.Palette.ADAPTIVE, colors=128
    )
    picture.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
