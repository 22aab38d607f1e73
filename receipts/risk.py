"""How likely a bill is wrong, and what that may cost: by this the review queue is ordered.

Pure: takes confidences, checks and amounts, and returns decimals.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

# How sure a value is that a reader says nothing of: an even bet. A bill without a total is wrong for certain.
UNSAID = 0.5
FIELDS = {"total": 0.0, "date": UNSAID, "merchant_name": UNSAID}  # what an empty one is worth
# What is left of the certainty where a check fails.
LEFT = {
    "sum": 0.5,
    "items": 0.7,
    "line": 0.8,
    "tax": 0.7,
    "date": 0.3,
    "currency": 0.7,
    "duplicate": 0.2,
}
MOST = Decimal(10) ** 12 - 1  # what the column of amounts holds


def risk_of(
    values: Mapping[str, Any], evidence: Mapping[str, Mapping[str, Any]], checks: Iterable[Mapping[str, Any]]
) -> Decimal:
    """Say how likely one of total, date and merchant is wrong, from 0 to 1.

    The fields count as independent, so their certainties multiply; each kind of check that fails takes its
    share once, unless a person has set the field that it suspects, or the line: "items.2" is the second.
    """
    sure = 1.0
    for name, empty in FIELDS.items():
        found = evidence.get(name, {})
        if found.get("locked"):
            continue
        sure *= float(found.get("confidence", UNSAID)) if values.get(name) not in (None, "") else empty
    failed = {check["key"] for check in checks if check["ok"] is False and not _settled(check, evidence)}
    for key in failed:
        sure *= LEFT.get(key, 1.0)
    return Decimal(1 - min(max(sure, 0.0), 1.0)).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _settled(check: Mapping[str, Any], evidence: Mapping[str, Mapping[str, Any]]) -> bool:
    suspects = (check["field"], f"{check['field']}.{check.get('line')}")
    return any(evidence.get(suspect or "", {}).get("locked") for suspect in suspects)


def at_stake(risk: Decimal, amounts: Iterable[Decimal | None]) -> Decimal:
    """Multiply the risk with the first amount that is known, whatever its sign."""
    amount = next((abs(amount) for amount in amounts if amount is not None), Decimal(0))
    return min(risk * amount, MOST).quantize(Decimal("0.01"), ROUND_HALF_UP)
