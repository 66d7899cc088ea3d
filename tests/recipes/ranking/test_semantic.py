import numpy as np
import polars as pl
import pytest

from presage.features.codecs import TextCodec
from presage.recipes.ranking.semantic import SemanticSimilarity

from ..logs import log_of, question_of, scored

TEXTS = [
    *("warm woollen socks for winter", "woollen winter hat, warm", "a warm winter coat of wool"),
    *("summer beach towel", "towel for the beach in summer", "beach umbrella, summer"),
    "",
]


def texts(*strings):
    return {"ABOUT": TextCodec().column(pl.Series(strings))}


@pytest.fixture(scope="module")
def model():
    log = log_of([[3], [3, 4]], n_items=len(TEXTS), item_texts=texts(*TEXTS))
    return SemanticSimilarity().fit(log)


def relatives(model, seed):
    return np.argsort(-scored(model, [question_of(seed_item=seed)])[0])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_items_about_the_same_come_first(model, seed):
    assert set(relatives(model, seed)[:2].tolist()) == {0, 1, 2} - {seed}


def test_a_new_item_is_related_by_its_text(model):
    extended = model.extended(texts("woolly socks"), 1)
    assert relatives(extended, 7)[0] == 0
    assert 7 in relatives(extended, 0)[:3]


def test_without_a_text_popular_items_follow(model):
    assert relatives(model, 6)[:2].tolist() == [3, 4]


def test_texts_without_interactions_are_enough():
    model = SemanticSimilarity().fit(log_of([[], []], n_items=len(TEXTS), item_texts=texts(*TEXTS)))
    assert set(relatives(model, 3)[:2].tolist()) == {4, 5}
