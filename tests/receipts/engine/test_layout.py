import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.engine.layout import rows_of
from tests.receipts.engine.paper import GROCER, page


def texts(sheet):
    return [" ".join(row.text.split()) for row in rows_of(sheet)]


STRAIGHT = texts(page(GROCER))


def test_rows_come_from_top_to_bottom_and_words_from_left_to_right():
    assert STRAIGHT[0] == "GREEN VALLEY MARKET SDN BHD"
    assert STRAIGHT[7] == "Basmati Rice 5kg 1 28.90 28.90"


@pytest.mark.parametrize("lean", [-0.17, -0.1, -0.03, 0.03, 0.1, 0.17])
def test_a_page_that_leans_up_to_ten_degrees_has_the_same_rows(lean):
    assert texts(page(GROCER, lean=lean)) == STRAIGHT


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_boxes_were_found_does_not_matter(chance: random.Random):
    sheet = page(GROCER)
    boxes = list(sheet.boxes)
    chance.shuffle(boxes)
    assert texts(type(sheet)(sheet.number, tuple(boxes), sheet.source)) == STRAIGHT


def test_columns_are_two_spaces_apart_and_every_word_is_where_its_offsets_say():
    for row in rows_of(page(GROCER)):
        for word in row.words:
            assert row.text[word.start : word.end] == word.text
    assert "1  28.90" in rows_of(page(GROCER))[7].text


def test_a_page_without_text_has_no_rows():
    assert rows_of(page("")) == []
