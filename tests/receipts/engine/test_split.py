"""Several receipts on one picture, and one that only looks like several."""

from dataclasses import replace
from decimal import Decimal
from itertools import accumulate

import pytest

from receipts.engine.boxes import Box, Page, Place
from receipts.engine.reading import drafts_of, read
from tests.receipts.engine.paper import BAKER, GROCER, HEIGHT, LETTER, PHARMACY, TODAY, TRIO, page, table

CARD_SLIP = """
GREEN VALLEY MARKET SDN BHD
12 Jalan Bukit, 50450 Kuala Lumpur
14/03/2018 17:43
Terminal 0044 Receipt 99120
Sale  Visa  4417
Approval 553211
Signature not needed
TOTAL                      RM     75.80
CARDHOLDER COPY
"""
TOTALS = [Decimal("75.80"), Decimal("14.20"), Decimal("39.50")]


def laid(*papers: tuple[Page, float, float]) -> Page:
    """Lay papers on one page, each moved by so much right and down."""
    boxes = [moved(box, right, down) for paper, right, down in papers for box in paper.boxes]
    return replace(papers[0][0], boxes=tuple(boxes))


def moved(box: Box, right: float, down: float) -> Box:
    edges = (box.left + right, box.top + down, box.right + right, box.bottom + down)
    place = Place(*(edge / 5000 for edge in edges))
    return Box(box.text, *edges, box.slope, box.confidence, place)


def totals(page: Page) -> list[Decimal | None]:
    return [draft.total for draft in drafts_of([page], today=TODAY)]


@pytest.mark.parametrize("leans", [(0.0, 0.0, 0.0), (0.06, -0.05, 0.03)])
def test_receipts_below_one_another_are_taken_apart(leans):
    papers = [page(text, lean=lean) for text, lean in zip((GROCER, BAKER, PHARMACY), leans, strict=True)]
    ends = accumulate(max(box.bottom for box in paper.boxes) + 6 * HEIGHT for paper in papers)
    assert totals(laid(*zip(papers, [0] * 3, [0.0, *ends][:3], strict=True))) == TOTALS


@pytest.mark.parametrize("leans", [(0.0, 0.0, 0.0), (-0.06, 0.05, 0.0)])
def test_receipts_beside_one_another_are_taken_apart_each_with_its_own_lean(leans):
    papers = [page(text, lean=lean) for text, lean in zip((GROCER, BAKER, PHARMACY), leans, strict=True)]
    assert totals(laid(*((paper, 46 * LETTER * place, 0) for place, paper in enumerate(papers)))) == TOTALS


def test_four_receipts_in_a_square_are_taken_apart_row_by_column():
    papers = [page(text) for text in (GROCER, BAKER, PHARMACY, GROCER.replace("75.80", "75.90"))]
    across, down = 46 * LETTER, 24 * 30.0
    spots = [(0.0, 0.0), (0.0, down), (across, 0.0), (across, down)]
    found = totals(laid(*((paper, *spot) for paper, spot in zip(papers, spots, strict=True))))
    assert found == [*TOTALS, Decimal("75.90")]


def test_a_receipt_with_a_card_slip_far_below_it_stays_one():
    assert totals(laid((page(GROCER), 0, 0), (page(CARD_SLIP), 0, 800))) == TOTALS[:1]


def test_a_long_receipt_with_gaps_stays_one():
    lines = GROCER.strip().splitlines()
    gapped = "\n".join([*lines[:6], *"    ", *lines[6:10], *"    ", *lines[10:13], *"    ", *lines[13:]])
    assert totals(page(gapped)) == TOTALS[:1]


def test_three_turned_receipts_on_one_photo_are_three_with_their_evidence_where_each_lies():
    photo, spots = table(TRIO)
    drafts, _ = read(photo, today=TODAY)
    assert sorted(draft.total for draft in drafts) == sorted(TOTALS)
    for draft in drafts:
        left, top, right, bottom = spots[TOTALS.index(draft.total)]
        found = [*draft.evidence.values(), *(line.evidence for line in draft.items)]
        assert len(found) > 5
        for one in found:
            assert left <= one.box[0] < one.box[2] <= right
            assert top <= one.box[1] < one.box[3] <= bottom
