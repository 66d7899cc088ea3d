import json

import pytest

from presage.features.columns import Columns, Fields, Selection, usable_columns
from presage.tables.personalize.schema import parse_schema


def schema(name, *fields):
    return parse_schema(
        json.dumps(
            {
                "type": "record",
                "name": name,
                "namespace": "com.amazonaws.personalize.schema",
                "version": "1.0",
                "fields": [{"name": n, "type": t, **more} for n, t, more in fields],
            }
        )
    )


SCHEMAS = [
    schema(
        "Interactions",
        ("USER_ID", "string", {}),
        ("ITEM_ID", "string", {}),
        ("TIMESTAMP", "long", {}),
        ("EVENT_VALUE", ["null", "float"], {}),
        ("DEVICE", ["null", "string"], {"categorical": True}),
        ("POSITION", "int", {}),
        ("PAGE", "string", {}),
    ),
    schema(
        "Items",
        ("ITEM_ID", "string", {}),
        ("CREATION_TIMESTAMP", "long", {}),
        ("ABOUT", "string", {"textual": True}),
        ("SOLD_OUT", "boolean", {}),
        ("GENRES", "string", {"categorical": True}),
    ),
]


def test_features_are_categories_and_numbers_of_the_callers_own():
    assert usable_columns(SCHEMAS, Selection()) == Columns(
        context=Fields(categorical=("DEVICE",), numeric=("POSITION",)), item=Fields(categorical=("GENRES",))
    )


@pytest.mark.parametrize(
    "selection",
    [
        Selection(excluded={"INTERACTIONS": ["POSITION"], "ITEMS": ["GENRES"]}),
        Selection(included={"INTERACTIONS": ["DEVICE"], "ITEMS": []}),
        Selection(excluded={"INTERACTIONS": ["position"], "ITEMS": ["Genres"]}),
        Selection(included={"INTERACTIONS": ["Device"], "ITEMS": []}),
    ],
)
def test_a_solution_may_leave_columns_out(selection):
    assert usable_columns(SCHEMAS, selection) == Columns(context=Fields(categorical=("DEVICE",)))
