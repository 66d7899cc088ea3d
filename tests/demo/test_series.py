"""Files of series as people have them."""

from datetime import datetime

import pytest

from presage.demo.forecast_page import fan_lines
from presage.demo.series import read_series

DAYS = [f"2024-02-{day:02}" for day in range(1, 21)]


def written(tmp_path, *lines, name="series.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_columns_are_found_by_what_they_hold(tmp_path):
    path = written(tmp_path, "sku,sold on,units", *(f"{sku},{day},{sku}" for sku in (7, 12) for day in DAYS))
    series = read_series(path)
    assert series.columns == ("sku", "sold on", "units")
    assert series.frequency == "D"
    assert series.rows.height == 2 * len(DAYS)
    assert series.rows.row(0) == ("12", datetime(2024, 2, 1), 12.0)


def test_a_file_without_a_header_or_items(tmp_path):
    series = read_series(written(tmp_path, *(f"{day}, {k}.5" for k, day in enumerate(DAYS))))
    assert series.columns == ("", "column 1", "column 2")
    assert series.rows.row(1) == ("all", datetime(2024, 2, 2), 1.5)


def test_named_columns_come_first_whatever_their_case(tmp_path):
    path = written(tmp_path, "day,price,units,shop", *(f"{day},9.5,3,north" for day in DAYS))
    assert read_series(path, value="PRICE").columns == ("shop", "day", "price")


def test_numbers_beside_the_value_are_no_items_unless_times_come_again(tmp_path):
    path = written(tmp_path, "day,price,units", *(f"{day},{k % 3},3" for k, day in enumerate(DAYS)))
    assert read_series(path).columns == ("", "day", "units")


@pytest.mark.parametrize(
    ("times", "frequency"),
    [
        (["2024-01-31 23:45", "2024-02-01 00:00", "2024-02-01 00:15"], "15min"),
        (["2024-02-01T00:00:00", "2024-02-01T01:00:00", "2024-02-01T02:00:00"], "H"),
        (["05.01.2024", "12.01.2024", "19.01.2024"], "W"),
        (["2024-01", "2024-02", "2024-03"], "M"),
        (["12/31/2023", "03/31/2024", "06/30/2024"], "3M"),
        (["2020-06-30", "2021-06-30", "2022-06-30"], "Y"),
    ],
)
def test_the_frequency_is_that_of_most_steps(tmp_path, times, frequency):
    assert read_series(written(tmp_path, "t,v", *(f"{time},1" for time in times))).frequency == frequency


@pytest.mark.parametrize(
    ("lines", "options", "part"),
    [
        (["a,b", "x,1", "y,2"], {}, "no column that holds times; it has: a, b"),
        (["day,b", "2024-01-01,x", "2024-01-02,y"], {}, "no column that holds values"),
        (["day,v", "2024-01-01,1", "2024-01-02,2"], {"item": "sku"}, "has no column 'sku'; it has: day, v"),
        (["day,v", "2024-01-01,1", "2024-01-02,2"], {"time": "v"}, "column 'v' holds '1', which is no time"),
        (["day,v", "2024-01-01,1"], {}, "1 different times"),
        (["day,v"], {}, "no names of columns with rows below"),
    ],
)
def test_what_is_missing_is_named(tmp_path, lines, options, part):
    with pytest.raises(ValueError, match=part):
        read_series(written(tmp_path, *lines), **options)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="there is no file"):
        read_series(tmp_path / "none.csv")


def test_a_fan_shows_each_step_at_its_height():
    lines = fan_lines([0.0, None, 9.0], [1.0, 2.0], [4.0, 5.0], [8.0, 9.0])
    columns = list(zip(*(line.ljust(7) for line in lines), strict=True))
    assert len(lines) == 10
    assert (lines[0][0], lines[9][0]) == ("9", "0")
    assert "".join(columns[2]) == " " * 9 + "•"
    assert not "".join(columns[3]).strip()
    assert "".join(columns[4]) == "•" + " " * 9
    assert "".join(columns[5]) == " ░░░░━░░░" + " "
    assert "".join(columns[6]) == "░░░░━░░░" + "  "
