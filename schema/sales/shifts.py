"""Who was at work, and when."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto

from core import models as accounts
from core import tenancy
from core.models import Store as StoreRow
from core.roles import Permission
from sales import hours, models, shifts
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, given, value, written
from schema.connections import By
from schema.context import Info, level
from schema.errors import Forbidden
from schema.filters import Filter
from schema.nodes import TYPES, Node, column, key_of, node, one
from schema.ranges import DateRange
from schema.receipts.filters import order
from schema.receipts.inputs import entry

if TYPE_CHECKING:
    from schema.accounts.types import Store, User

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]

ShiftOrder: Any = order(
    "ShiftOrder",
    "An order of shifts.",
    CLOCK_IN_DESC=By("clock_in", descending=True),
    CLOCK_IN_ASC=By("clock_in"),
)


@strawberry.input(description="Which shifts to list; a shift must fit all that is said.")
class ShiftFilter(Filter):
    user: strawberry.ID | None = strawberry.field(default=None, description="Of this person.")
    date_range: DateRange | None = strawberry.field(
        default=None, description="Begun in this range; half-open, in the store's zone."
    )
    open: bool | None = strawberry.field(
        default=None, description="Only those that go on, or only those that have ended; null for both."
    )

    happened = "clock_in"

    def lookups(self) -> dict[str, Any]:
        return {
            "user": None if self.user is None else key_of(self.user, TYPES["User"])[1],
            "clock_out__isnull": self.open,
        }


def name_of(root: Any, info: Info) -> Any:
    """Load the name of the person of a row, be it a member still or not."""

    def batch(keys: list[int]) -> list[str]:
        found = accounts.User.objects.get_queryset().in_bulk(keys)
        return [f"{found[key].first_name} {found[key].last_name}".strip() or found[key].email for key in keys]

    return info.context.load(level(info), root.user_id, batch)


@node(
    models.Shift,
    description="A time in which somebody was at work. Who may not see all of a store's shifts sees the own.",
)
class Shift(Node):
    needs = Permission.SHIFT_VIEW

    clock_in: auto = column("When it began.")
    clock_out: auto = column("When it ended; null while it goes on.")
    note: auto = column("The store's own words.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    user: UserRef | None = one("Who, if in sight.", source="user_id", to="User")
    store: StoreRef | None = one("Where.", source="store_id", to="Store")

    @strawberry.field(description="Name of the person, even of one who is no member any more.")
    async def person(self, info: Info) -> str:
        return str(await name_of(self, info))

    @strawberry.field(description="How long it was in hours, to two places; null while it goes on.")
    def hours(self) -> Decimal | None:
        row: Any = self
        return None if row.clock_out is None else hours.hours(row.clock_out - row.clock_in)


@strawberry.input(description="Who comes to work.")
class ClockInInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    user: strawberry.ID | None = strawberry.field(
        default=None, description="Who, with SHIFT_MANAGE; without it, yourself."
    )
    note: str = strawberry.field(default="", description="Your own words; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Who leaves work.")
class ClockOutInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    user: strawberry.ID | None = strawberry.field(
        default=None, description="Who, with SHIFT_MANAGE; without it, yourself."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="What a shift should have been; what is left out stays as it is.")
class CorrectShiftInput:
    shift: strawberry.ID = strawberry.field(description="The shift.")
    clock_in: datetime.datetime | None = entry("When it began; not in the future.")
    clock_out: datetime.datetime | None = entry("When it ended; not in the future; null: it goes on.")
    note: str | None = entry("Your own words, such as why; at most 500 characters.")


@strawberry.input(description="A shift that never was.")
class RemoveShiftInput:
    shift: strawberry.ID = strawberry.field(description="The shift.")


@strawberry.type(description="A shift, as it is now.")
class ShiftPayload(Payload):
    shift: Shift | None = written("The shift.", to="Shift", key="shift")


@strawberry.type(description="A shift that is gone.")
class RemoveShiftPayload(Payload):
    removed: bool = value("True when the shift is gone.", key="removed", default=False)
    store: StoreRef | None = written("The store that it was in.", to="Store", key="store")


@command(
    ShiftPayload,
    description="Begin a shift now: your own, or with SHIFT_MANAGE another member's.",
    needs=Permission.SHIFT_CLOCK,
)
def clock_in(caller: Caller, input: ClockInInput) -> Answer:
    store = caller.store(input.store)
    user = _person(caller, store, input.user)

    def run() -> Answer:
        return {"shift": shifts.clock_in(store=store, user=user, by=caller.user, note=input.note).pk}

    return caller.once(run)


@command(
    ShiftPayload,
    description="End a shift now: your own, or with SHIFT_MANAGE another member's.",
    needs=Permission.SHIFT_CLOCK,
)
def clock_out(caller: Caller, input: ClockOutInput) -> Answer:
    store = caller.store(input.store)
    user = _person(caller, store, input.user)
    return caller.once(lambda: {"shift": shifts.clock_out(store=store, user=user, by=caller.user).pk})


@command(
    ShiftPayload,
    description="Say when a shift really began and ended; the audit keeps what it said before.",
    needs=Permission.SHIFT_MANAGE,
)
def correct_shift(caller: Caller, input: CorrectShiftInput) -> Answer:
    shift = caller.find(input.shift, "Shift", "shift")
    changes = {name: sent for name, sent in given(input).items() if name != "shift"}
    return {"shift": shifts.correct(shift=shift, by=caller.user, changes=changes).pk}


@command(
    RemoveShiftPayload,
    description="Take a shift away that never was; the audit keeps what it said.",
    needs=Permission.SHIFT_MANAGE,
)
def remove_shift(caller: Caller, input: RemoveShiftInput) -> Answer:
    shift = caller.find(input.shift, "Shift", "shift")
    shifts.remove(shift=shift, by=caller.user)
    return {"removed": True, "store": shift.store_id}


def _person(caller: Caller, store: StoreRow, id: str | None) -> accounts.User:
    """Find whom to clock: the caller, or another one where the caller may."""
    if id is None:
        return caller.user
    user: accounts.User = caller.see(id, "User", "user")
    if user != caller.user and not tenancy.may(caller.user, Permission.SHIFT_MANAGE, store):
        raise Forbidden
    return user


@strawberry.type
class ShiftMutations:
    clock_in = clock_in
    clock_out = clock_out
    correct_shift = correct_shift
    remove_shift = remove_shift
