"""What another reader tells, held against a page whose text is known."""

from datetime import date, time
from decimal import Decimal

import pytest

from receipts.draft import Draft, Evidence, Line, Source
from receipts.engine.grounding import AGREED, PRINTED, UNSEEN, grounded
from tests.receipts.engine import paper

TOLD = Evidence(confidence=0.5, source=Source.LLM)
# The sums do not close, so that nothing here is proven.
OPEN = paper.GROCER.replace("28.90\n", "29.90\n")


def told(**values):
    return Draft(**values, evidence=dict.fromkeys(set(values) - {"items", "part"}, TOLD))


def held(draft, text=OPEN):
    found = grounded([draft], [paper.page(text)], today=paper.TODAY, currency="MYR")
    return found.drafts[0]


def sure(text=OPEN, **value):
    """Give the evidence of the one value that is told."""
    (evidence,) = held(told(**value), text).evidence.values()
    return evidence


@pytest.mark.parametrize(
    ("value", "confidence"),
    [
        ({"total": Decimal("75.80")}, AGREED),
        ({"total": Decimal("100.00")}, PRINTED),
        ({"total": Decimal("57.80")}, UNSEEN),
        ({"tax": Decimal("4.29")}, AGREED),
        ({"tax": Decimal("6.00")}, UNSEEN),  # a rate is no amount
        ({"date": date(2018, 3, 14)}, AGREED),
        ({"date": date(2018, 4, 13)}, UNSEEN),
        ({"time": time(17, 42, 59)}, AGREED),
        ({"time": time(17, 43)}, UNSEEN),
        ({"merchant": "Green Valley Market"}, PRINTED),
        ({"merchant": "GREEN VALLEY MARKET SDN. BHD."}, AGREED),
        ({"merchant": "Gren Va1ley Market Sdn Bhd"}, AGREED),
        ({"merchant": "Blue Hill Shop"}, UNSEEN),
        ({"number": "INV-20458"}, AGREED),
        ({"number": "INV-20459"}, UNSEEN),
        ({"number": "7"}, UNSEEN),  # not as a part of another number
        ({"address": "12, Jalan Bukit, 50450 Kuala Lumpur"}, AGREED),
        ({"currency": "MYR"}, AGREED),
        ({"currency": "USD"}, 0.5),
        ({"category": "fuel"}, 0.5),
    ],
    ids=str,
)
def test_a_value_is_as_sure_as_it_is_found(value, confidence):
    evidence = sure(**value)
    assert evidence.confidence == confidence
    judged = value.keys() & {"currency", "category"}
    assert (evidence.box is not None) is (confidence != UNSEEN and not judged)


def test_the_box_is_where_the_value_stands_and_by_its_label_where_it_stands_twice():
    twice = OPEN.replace("CHANGE                            24.20", "CHANGE                            75.80")
    rows = twice.strip("\n").splitlines()
    row = next(n for n, line in enumerate(rows) if line.startswith("TOTAL"))
    left, top, right, bottom = sure(twice, total=Decimal("75.80")).box
    assert top == pytest.approx(row * paper.LEADING / 3000, abs=1e-4)
    assert right > 0.4 > (right - left)
    assert bottom > top


def test_lines_stand_on_their_rows_and_what_is_not_there_is_nowhere():
    rice = Line(
        description="Basmati rice 5 kg", quantity=1, unit_price=Decimal("28.90"), total=Decimal("29.90")
    )
    oil = Line(description="Olive Oil 1L", quantity=2, total=Decimal("93.00"))
    gold = Line(description="Gold bar", total=Decimal("9999.00"))
    first, second, third = held(told(items=(rice, oil, gold))).items
    assert first.evidence.box
    assert {first.values[name].confidence for name in ("quantity", "unit_price", "total")} == {AGREED}
    assert second.evidence.box
    assert (second.values["quantity"].confidence, second.values["total"].confidence) == (AGREED, UNSEEN)
    assert (third.evidence.box, third.evidence.confidence) == (None, UNSEEN)


def test_sums_that_the_paper_proves_stand_in_the_place_of_others():
    lie = told(total=Decimal("0.00"), tax=Decimal("4.29"), merchant="Green Valley Market Sdn Bhd")
    found = grounded([lie], [paper.page(paper.GROCER)], today=paper.TODAY, currency="MYR")
    [draft] = found.drafts
    assert (draft.total, draft.subtotal, draft.verified) == (Decimal("75.80"), Decimal("71.50"), True)
    assert found.overruled == ("receipts.1.subtotal", "receipts.1.total")
    assert draft.evidence["total"].source is Source.OCR
    assert draft.evidence["merchant"].source is Source.LLM


def test_each_of_several_receipts_is_held_against_its_own():
    other = paper.GROCER.replace("75.80", "81.20").replace("14/03", "15/04").replace("20458", "31007")
    pages = [paper.page(paper.GROCER), paper.page(other, number=2)]
    drafts = [
        told(part=1, total=Decimal("81.20"), date=date(2018, 4, 15), number="INV-31007"),
        told(part=2, total=Decimal("75.80"), date=date(2018, 3, 14), number="INV-20458"),
    ]
    found = grounded(drafts, pages, today=paper.TODAY, currency="MYR").drafts
    assert [{one.page for one in draft.evidence.values()} for draft in found] == [{2}, {1}]


def test_without_any_text_nothing_is_found():
    found = grounded([told(total=Decimal(1), category="fuel")], [], today=paper.TODAY, currency=None)
    evidence = found.drafts[0].evidence
    assert (evidence["total"].confidence, evidence["category"].confidence) == (UNSEEN, 0.5)
