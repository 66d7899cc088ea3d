from importlib.resources import files
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from presage.demo.charts import courses, curves, forecast_fan, intervals
from presage.svg import Plot, element, linear, logarithmic


def test_text_and_values_are_escaped():
    drawn = element("text", "<script>", x=1, title='"&')
    assert drawn == '<text x="1" title="&#34;&amp;">&lt;script&gt;</text>'
    assert ElementTree.fromstring(drawn).text == "<script>"


def test_markup_is_not_escaped_twice():
    assert element("g", element("text", "&")) == "<g><text>&amp;</text></g>"


def test_names_that_python_cannot_hold():
    assert element("line", class_="grid", text_anchor="end") == '<line class="grid" text-anchor="end"></line>'


def test_scales_meet_their_ends():
    straight, bent = linear(0, 10, 100, 200), logarithmic(1, 100, 0, 200)
    assert (straight(0), straight(10)) == (100, 200)
    assert (bent(1), bent(10), bent(100)) == pytest.approx((0, 100, 200))
    assert bent(0) == 0


def test_a_picture_says_in_words_what_it_shows():
    root = ElementTree.fromstring(Plot().picture(Markup("<g></g>"), label="a < b"))
    assert root.get("aria-label") == "a < b"
    assert root.get("viewBox") == "0 0 760 320"


@pytest.mark.parametrize(
    ("values", "labels"),
    [([0.16, 1.2], {"0.2", "0.5", "1"}), ([0.01, 900.0], {"0.01", "0.1", "1", "10", "100"})],
)
def test_a_logarithmic_axis_has_several_labels_however_short(values, labels):
    drawn = ElementTree.fromstring(curves({"one": values}, "period"))
    assert labels <= {node.text for node in drawn.iter() if node.tag.endswith("text")}


def test_every_line_of_a_fan_has_a_colour_of_its_own():
    drawn = ElementTree.fromstring(
        forecast_fan([("2024-01-01", 2.0), ("2024-01-02", 3.0)], [("2024-01-03", np.array([1.0, 2.0, 4.0]))])
    )
    lines = {node.get("class") for node in drawn.iter() if node.tag.endswith("polyline")}
    page = (files("presage.demo") / "templates" / "page.css").read_text()
    assert lines == {"line one", "line two"}
    assert all(f"svg .{one.replace(' ', '.')}" in page for one in lines)


@pytest.mark.parametrize("values", [[1.0, 1.0], [-3.0, 5.0], [0.0], [float("nan"), 2.0], [1e6, 1e-6]])
def test_courses_stay_inside_the_picture(values):
    drawn = ElementTree.fromstring(courses({"one": values, "two": values}, "week"))
    lines = [one for one in drawn.iter() if one.tag == "polyline"]
    points = [float(end) for line in lines for pair in line.get("points").split() for end in pair.split(",")]
    assert len(points) == 4 * sum(value == value for value in values)
    assert all(0 <= point <= 760 for point in points)


def test_intervals_show_estimate_and_truth():
    drawn = ElementTree.fromstring(intervals([("a", -1.0, 0.0, 2.0, 0.5), ("b", 1.0, 1.0, 1.0, 1.0)]))
    ends = [
        (float(one.get("x1")), float(one.get("x2"))) for one in drawn.iter() if one.get("class") == "mean one"
    ]
    truths = [float(one.get("x1")) for one in drawn.iter() if one.get("class") == "mean two"]
    assert ends[0][0] < truths[0] < ends[0][1]
    assert ends[1][0] == ends[1][1] == truths[1]
