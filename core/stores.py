"""Open stores, change them, and lay them to rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, fields, ids, pictures
from core.errors import Code, Refused
from core.models import Membership, Store, User
from core.roles import Role
from core.themes import COLOUR, COLOURS, Card
from core.vocabulary import MAX_LENGTH, TERMS

MAX_STORES = 100  # of one account, which lists them without pages
MAX_READINGS = 1_000_000  # of a day, by a model
PICTURE = ("name", "type", "address", "phone", "timezone", "currency")


@dataclass(frozen=True, kw_only=True)
class NewStore:
    """What is said of a store when it is opened; without a name it is a personal one."""

    name: str = ""
    type: str = Store.Type.OTHER
    address: str = ""
    phone: str = ""
    timezone: str = "UTC"
    currency: str = "USD"


@transaction.atomic
def open_store(*, owner: User, new: NewStore, at: tuple[str, ...] = ()) -> Store:
    """Open a store and make `owner` its owner; `at` is where the input says what it is.

    Raises: Refused with INVALID and the field at fault, or CONFLICT where the owner has too many.
    """
    name = fields.short(new.name, 200, *at, "name")
    store = Store.objects.create(
        name=name or "Personal",
        type=new.type if name else Store.Type.PERSONAL,
        address=fields.short(new.address, 500, *at, "address"),
        phone=fields.short(new.phone, 50, *at, "phone"),
        timezone=fields.timezone(new.timezone, *at, "timezone"),
        currency=fields.currency(new.currency, *at, "currency"),
    )
    enrol(user=owner, store=store, role=Role.OWNER)
    audit.record(
        store=store, by=owner, action="store.create", node=store, after=audit.picture(store, *PICTURE)
    )
    return store


def enrol(*, user: User, store: Store, role: Role) -> Membership:
    """Make a user a member, inside a transaction.

    Raises: Refused with CONFLICT where the user has too many stores.
    """
    User.objects.get_queryset().select_for_update().get(pk=user.pk)  # others who count wait for their turn
    if Membership.objects.filter(user=user).count() >= MAX_STORES:
        raise Refused(Code.CONFLICT, f"An account belongs to at most {MAX_STORES} stores.")
    return Membership.objects.create(user=user, store=store, role=role)


def hold(store: Store) -> Store:
    """Read a store as it is now and keep others from changing it or its members until the end.

    Raises: Refused with CONFLICT when it is archived.
    """
    held: Store = Store.objects.select_for_update().get(pk=store.pk)
    if held.archived_at is not None:
        raise archived()
    return held


def named(id: str) -> Store:
    """Find a store by its id, the API's or the plain number.

    Raises: Refused with NOT_FOUND, or CONFLICT when it is archived.
    """
    try:
        kind, key = ("Store", int(id)) if id.isascii() and id.isdigit() else ids.decode(id)
    except ValueError:
        kind, key = "", 0
    store: Store | None = Store.objects.filter(pk=key).first() if kind == "Store" and key < 2**63 else None
    if store is None:
        raise Refused(Code.NOT_FOUND, f"There is no store {id}.", "store")
    if store.archived_at is not None:
        raise archived()
    return store


def archived() -> Refused:
    return Refused(Code.CONFLICT, "This store is archived: it can be read, not changed.", "store")


@transaction.atomic
def update(
    *, store: Store, by: User, changes: Mapping[str, Any], has_books: Callable[[Store], bool]
) -> Store:
    """Change what is said of a store; `has_books` tells whether money is entered in its currency.

    `changes` holds columns of the store. In `theme` and `vocabulary` it holds single colours and
    words; one that is None is the type's again, and so are all where the whole is None.

    Raises: Refused with INVALID or REQUIRED and the field at fault, or CONFLICT for the currency of a
    store that has books, and for an archived store.
    """
    store = hold(store)
    before = audit.picture(store, *changes)
    for name, value in changes.items():
        if name == "currency" and value != store.currency and has_books(store):
            message = "The currency cannot be changed any more: there are bills or orders."
            raise Refused(Code.CONFLICT, message, "currency")
        setattr(store, name, CHECKS[name](store, value))
    store.save(update_fields=[*changes, "updated_at"])
    after = audit.picture(store, *changes)
    if after != before:
        audit.record(store=store, by=by, action="store.update", node=store, before=before, after=after)
    return store


def _given(value: Any, *field: str) -> Any:
    if value is None:
        raise Refused(Code.REQUIRED, "This cannot be emptied.", *field)
    return value


def _per_day(most: int | None) -> int | None:
    """Take how many readings by a model a day may have.

    Raises: Refused with INVALID.
    """
    if most is not None and not 0 <= most <= MAX_READINGS:
        message = f"This is between 0 and {MAX_READINGS}."
        raise Refused(Code.INVALID, message, "settings", "modelReadingsPerDay")
    return most


def _theme(store: Store, given: Mapping[str, str | None] | None) -> dict[str, str]:
    """Lay colours over the store's own.

    Raises: Refused with INVALID.
    """
    own = {**store.theme, **given} if given is not None else {}
    for name, colour in own.items():
        if name not in COLOURS or (colour is not None and not COLOUR.match(colour.upper())):
            message = "A colour is written #RRGGBB, in hexadecimal digits."
            raise Refused(Code.INVALID, message, "theme", name)
    return {name: colour.upper() for name, colour in own.items() if colour is not None}


def _vocabulary(store: Store, given: Mapping[str, str | None] | None) -> dict[str, str]:
    """Lay words over the store's own.

    Raises: Refused with INVALID or REQUIRED.
    """
    own = {**store.vocabulary, **given} if given is not None else {}
    return {
        term: fields.named(word, MAX_LENGTH, "vocabulary", term)
        for term, word in own.items()
        if term in TERMS and word is not None
    }


def _dashboard(store: Store, cards: list[str] | None) -> list[str] | None:
    """Take the cards of a dashboard in their order; None is the usual ones.

    Raises: Refused with INVALID.
    """
    if cards is None:
        return None
    if len(set(cards)) < len(cards) or not set(cards) <= set(Card):
        raise Refused(Code.INVALID, "A dashboard shows each card once at most.", "dashboard")
    return [str(card) for card in cards]


CHECKS: dict[str, Callable[[Store, Any], Any]] = {
    "name": lambda _, value: fields.named(_given(value, "name"), 200, "name"),
    "type": lambda _, value: Store.Type(_given(value, "type")),
    "address": lambda _, value: fields.short(value or "", 500, "address"),
    "phone": lambda _, value: fields.short(value or "", 50, "phone"),
    "timezone": lambda _, value: fields.timezone(_given(value, "timezone"), "timezone"),
    "currency": lambda _, value: fields.currency(_given(value, "currency"), "currency"),
    "week_start": lambda _, value: _given(value, "settings", "weekStart"),
    "receipt_reader": lambda _, value: value or "",
    "suggestion_writer": lambda _, value: value or "",
    "model_readings_per_day": lambda _, value: _per_day(value),
    "digest": lambda _, value: Store.Digest(_given(value, "settings", "digest")),
    "notices": lambda _, value: Store.Notices(_given(value, "settings", "notices")),
    "theme": _theme,
    "vocabulary": _vocabulary,
    "dashboard": _dashboard,
}


@transaction.atomic
def set_logo(*, store: Store, by: User, name: str) -> Store:
    """Show another picture as the store's logo; an empty name is none.

    Raises: Refused with CONFLICT for an archived store.
    """
    store = hold(store)
    before, store.logo = store.logo, name
    store.save(update_fields=["logo", "updated_at"])
    pictures.drop(before)
    action = "store.upload_logo" if name else "store.remove_logo"
    audit.record(store=store, by=by, action=action, node=store)
    return store


@transaction.atomic
def archive(*, store: Store, by: User) -> Store:
    """Make a store one that is only read; an archived one stays as it is."""
    return _rest(store, by, "store.archive", archive=True)


@transaction.atomic
def unarchive(*, store: Store, by: User) -> Store:
    """Let an archived store be changed again; one that is not archived stays as it is."""
    return _rest(store, by, "store.unarchive", archive=False)


def _rest(store: Store, by: User, action: str, *, archive: bool) -> Store:
    store = Store.objects.select_for_update().get(pk=store.pk)
    if (store.archived_at is not None) != archive:
        store.archived_at = timezone.now() if archive else None
        store.save(update_fields=["archived_at", "updated_at"])
        audit.record(store=store, by=by, action=action, node=store)
    return store
