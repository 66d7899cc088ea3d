"""How a run is shown: states with what became of them, as a tree and as a graph."""

from xml.etree import ElementTree

import pytest
from rich.console import Console

from presage.pipelines.definitions import read_definition
from presage.pipelines.drawing import graph_of, svg_of
from presage.pipelines.journal import Event
from presage.pipelines.layout import layout
from presage.pipelines.picture import Picture, names_of, stands
from presage.pipelines.terminal import drawn

from .company import EXAMPLES


def definition(name):
    return read_definition((EXAMPLES / name).read_text())


def event(kind, state, at=1.0, path="", step=1, text=""):
    return Event(at=at, kind=kind, path=path, state=state, step=step, text=text)


def test_states_stand_as_their_events_tell():
    machine = definition("daily.asl.json").machine
    events = [
        event("ENTERED", "Prepare data sets"),
        event("EXITED", "Prepare data sets", at=2),
        event("ENTERED", "Each data set", at=2, step=2),
        *(event("ENTERED", "Extract", at=3, path=f"/{n}") for n in range(2)),
        event("RETRIED", "Extract", at=4, path="/0", text="E: busy"),
        event("EXITED", "Extract", at=5, path="/1"),
    ]
    found = stands(machine, events, is_over=False)
    assert (found["Prepare data sets"].status, found["Prepare data sets"].seconds) == ("DONE", 1)
    assert (found["Extract"].status, found["Extract"].times, found["Extract"].n_running) == ("RUNNING", 2, 1)
    assert found["Extract"].retries == 1
    assert found["Train"].status == "WAITING"
    ended = stands(machine, [*events, event("FAILED", "Extract", at=6, path="/0")], is_over=True)
    assert ended["Extract"].status == "FAILED"
    assert ended["Each data set"].text == "was interrupted"


@pytest.mark.parametrize("name", ["daily.asl.json", "daily.yaml"])
def test_every_state_is_in_the_pictures(name):
    machine = definition(name).machine
    found = stands(machine, [], is_over=False)
    picture = Picture(name="daily.<b>", status="RUNNING", machine=machine, stands=found, started_at=0.0)
    names = {one for one in names_of(machine) if one != "steps"}
    root = ElementTree.fromstring(svg_of(picture, now=60.0))
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert names <= texts
    console = Console(width=200)
    with console.capture() as capture:
        console.print(drawn(picture, now=60.0))
    assert all(one in capture.get() for one in names)
    ElementTree.fromstring(graph_of(machine, "daily"))


@pytest.mark.parametrize("name", ["daily.asl.json", "daily.yaml"])
def test_no_two_states_lie_on_each_other(name):
    def check(box):
        for one in box.inner:
            check(one)
            assert one.x >= 0
            assert one.x + one.width <= box.width
            for other in box.inner:
                if other is not one:
                    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
                    assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y

    check(layout(definition(name).machine))
