import re
from html.parser import HTMLParser

import pytest

from presage.demo.forecast_page import page_of
from presage.demo.page import render

from .stories import NASTY, game_story, offer_story, outlook, retail_page, story

VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Keeps the tags that are open, and all text that a person would see."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text, self.tags = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


pages = pytest.mark.parametrize(
    "page",
    [
        retail_page(),
        render("lab8.html", story=offer_story()),
        page_of(outlook(), "Sales"),
        render("offers.html", story=game_story(), seconds={"Train": 1.0}),
    ],
    ids=["retail", "lab8", "forecast", "offers"],
)


@pages
def test_every_tag_is_closed(page):
    assert Reader(page).open == []


@pages
def test_a_page_needs_nothing_from_elsewhere(page):
    assert not re.search(r"https?://|//[a-z]+\.|url\(|@import", page)
    for tag, attributes in Reader(page).tags:
        assert tag not in {"script", "link", "img", "iframe"}
        assert not {"src", "href"} & set(attributes)


@pages
def test_the_steps_and_a_picture_are_there(page):
    reader = Reader(page)
    assert any("Train" in text for text in reader.text)
    assert any(tag == "svg" for tag, _ in reader.tags)


def test_names_from_the_data_are_text_and_nothing_else():
    for page in (retail_page(NASTY), render("offers.html", story=game_story(NASTY), seconds={})):
        reader = Reader(page)
        assert "script" not in {tag for tag, _ in reader.tags}
        assert "".join(reader.text).count(NASTY) >= 5


def test_the_page_tells_how_places_changed():
    live = story().live
    assert [live.move(product) for product in live.after] == ["▲ 2", "new", "▼ 1"]
    assert "▲ 2" in retail_page()


def test_plain_and_adjusted_means_are_both_whole_and_the_other_is_not():
    told = offer_story()
    assert told.mean_score.sum() == pytest.approx(1)
    assert told.mean_adjusted.sum() == pytest.approx(1)
    assert told.unnormalised.sum() < 0.9
    assert "".join(Reader(render("lab8.html", story=told)).text).count("100.0%") == 2
