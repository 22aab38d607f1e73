"""What a person does with bills that were read: confirm them, or correct a field by its path."""

from __future__ import annotations

import strawberry
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from core.errors import Code, Refused
from core.roles import Permission
from receipts import bills, review
from schema.commands import Answer, Caller, command
from schema.receipts.inputs import BillInput
from schema.receipts.mutations import BillPayload

FIELD = (
    "Which value, as `Evidence.field` names it: a field of the bill such as total, or one of its Nth "
    "item from 0, such as items.2.unitPrice."
)


@strawberry.input(description="A value of a bill to stand behind.")
class ConfirmFieldInput:
    bill: strawberry.ID = strawberry.field(description="The bill.")
    field: str = strawberry.field(description=FIELD)


@strawberry.input(description="A value of a bill to set right.")
class CorrectFieldInput:
    bill: strawberry.ID = strawberry.field(description="The bill.")
    field: str = strawberry.field(description=FIELD)
    value: str | None = strawberry.field(
        description="The right value: a text, a number such as 12.50, a day such as 2026-05-04, a time such "
        "as 09:30, the id of a category; null empties the field."
    )


@command(
    BillPayload,
    description="Stand behind a bill as it is: it leaves the review queue, and no later reading changes it.",
    needs=Permission.BILL_EDIT,
)
def confirm_bill(caller: Caller, input: BillInput) -> Answer:
    return {"bill": bills.confirm(bill=caller.find(input.bill, "Bill", "bill"), by=caller.user).pk}


@command(
    BillPayload,
    description="Stand behind one value of a bill as it is: no later reading changes it.",
    needs=Permission.BILL_EDIT,
)
def confirm_field(caller: Caller, input: ConfirmFieldInput) -> Answer:
    bill = caller.find(input.bill, "Bill", "bill")
    return {"bill": review.confirm(bill=bill, by=caller.user, path=_path(input.field)).pk}


@command(
    BillPayload,
    description="Set one value of a bill right: no later reading changes it, and the next receipts are read "
    "with it in mind.",
    needs=Permission.BILL_EDIT,
)
def correct_field(caller: Caller, input: CorrectFieldInput) -> Answer:
    bill = caller.find(input.bill, "Bill", "bill")
    path = _path(input.field)
    value = review.parsed(path, input.value)
    if path.name == "category" and value is not None:
        value = caller.see(value, "Category", "value")
    return {"bill": review.correct(bill=bill, by=caller.user, path=path, value=value).pk}


def _path(field: str) -> review.Path:
    """Read a path in the words of the schema.

    Raises: Refused with INVALID.
    """
    path = to_snake_case(field)
    if to_camel_case(path) != field:
        raise Refused(Code.INVALID, "There is no such field on a bill.", "field")
    return review.path_of(path)


@strawberry.type
class ReviewMutations:
    confirm_bill = confirm_bill
    confirm_field = confirm_field
    correct_field = correct_field
