"""Mutations: one input, one payload, refusals as data, and each effect once.

A command's function gets a `Caller`, resolves objects through it, and answers with keys of
rows and plain values. The payload reads its rows again by those keys, through the door that
every query uses.
"""

from __future__ import annotations

import dataclasses
import decimal
import hashlib
import inspect
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, TypeVar, cast

import strawberry
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode
from strawberry.types.unset import UNSET

from core import idempotency, prepared, stores, tenancy, tokens
from core.errors import Code, Refused
from core.models import Store, User
from core.roles import Permission
from schema.context import Context, Info
from schema.enums import described
from schema.errors import BadInput, Forbidden, Unauthenticated
from schema.nodes import TYPES, Node, key_of, load

Answer = dict[str, Any]
IDEMPOTENCY_KEY: Any = strawberry.field(
    default=None,
    description="Up to 255 characters of your choice: the same key and input again change nothing more.",
)
REFUSED = "refused"  # in an answer: what is told beside its rows, such as that a payment was declined
EXACT = decimal.Context(prec=1000, traps=[])  # strips zeros of any number, and raises nothing
P = TypeVar("P", bound="Payload")

ErrorCode = Code
described(ErrorCode, name="ErrorCode", description="Why a command was refused.")


@strawberry.type(description="Why a command was refused, for the one who sent it.")
class UserError:
    message: str = strawberry.field(description="A sentence to show.")
    code: ErrorCode = strawberry.field(description="For programs.")
    field: list[str] = strawberry.field(description="Path of the input field at fault; empty for the whole.")


@strawberry.type
class Payload:
    answer: strawberry.Private[Answer]
    user_errors: list[UserError] = strawberry.field(description="Empty when the command was carried out.")
    replayed: bool = strawberry.field(
        description="Whether this is the kept answer to an earlier command with the same idempotency key."
    )


@dataclasses.dataclass(frozen=True)
class Written:
    """What a plan knows of a payload's row: its type, and its name in the answer."""

    node: str
    key: str


def written(description: str, *, to: str, key: str) -> Any:
    """Declare a payload's row: read again by its key as far as the caller may see it; null when refused."""

    async def resolve(root: Payload, info: Info) -> Any:
        found = root.answer.get(key)
        return None if found is None else await load(info, TYPES[to], found)

    return strawberry.field(
        resolver=resolve, description=description, metadata={"plan": Written(node=to, key=key)}
    )


def value(description: str, *, key: str, default: Any = None) -> Any:
    """Declare a payload's plain value."""

    def resolve(root: Payload) -> Any:
        return root.answer.get(key, default)

    return strawberry.field(resolver=resolve, description=description)


@dataclasses.dataclass(frozen=True)
class Caller:
    """Who sends a command, with what it needs and by what key."""

    context: Context
    name: str
    input: Any
    needs: Permission | None
    archived: bool = False  # whether the command may act on an archived store

    @property
    def user(self) -> User:
        return self.context.user

    @property
    def session(self) -> tokens.Session:
        """The session that the command was sent in.

        Raises: Unauthenticated.
        """
        if self.context.session is None:
            raise Unauthenticated
        return self.context.session

    def store(self, id: str, *field: str) -> Store:
        """Find a store that the command may act on.

        Raises: Refused with NOT_FOUND when out of sight or CONFLICT when archived, Forbidden when in sight
        but not in hand.
        """
        return cast("Store", self.find(id, "Store", *(field or ("store",))))

    def find(self, id: str, type_name: str, *field: str) -> Any:
        """Find a row that the command may act on, as `store` does."""
        node = TYPES[type_name]
        row = self._row(id, node, self.needs)
        if row is None:
            raise Refused(Code.NOT_FOUND, _missing(type_name), *field)
        if self.needs:
            self._check_hand(_store_of(row), row.held)
        return row

    def check_hand(self, store: Store, needs: Permission) -> None:
        """Check that the caller holds a permission in a store that the command may act on.

        Raises: Forbidden, or Refused with CONFLICT when it is archived.
        """
        self._check_hand(store, tenancy.may(self.user, needs, store))

    def _check_hand(self, store: Store, held: bool) -> None:
        if not held:
            raise Forbidden
        if store.archived_at is not None and not self.archived:
            raise stores.archived()

    def see(self, id: str, type_name: str, *field: str) -> Any:
        """Find a row to refer to: it need only be in sight.

        Raises: Refused with NOT_FOUND.
        """
        node = TYPES[type_name]
        row = self._row(id, node, None)
        if row is None:
            raise Refused(Code.NOT_FOUND, _missing(type_name), *field)
        return row

    def _row(self, id: str, node: type[Node], needs: Permission | None) -> Any:
        found = prepared.rows(_of_key, node, needs, user=self.user, key=key_of(id, node)[1])
        return found[0] if found else None

    def seen(self, ids: Iterable[str], type_name: str) -> dict[str, Any]:
        """Find rows to refer to, in one statement, by their ids: those that are in sight."""
        node = TYPES[type_name]
        keys = {id: key_of(id, node)[1] for id in ids}
        wanted = list(set(keys.values()))
        room = (1 << len(wanted).bit_length()) - len(wanted)
        wanted += wanted[-1:] * room  # so that few lengths are worded
        numbered = {f"key{place}": key for place, key in enumerate(wanted)}
        rows = {row.pk: row for row in prepared.rows(_of_keys, node, user=self.user, **numbered)}
        return {id: rows[key] for id, key in keys.items() if key in rows}

    @property
    def key(self) -> str | None:
        """The idempotency key: the input's, or the header's."""
        key: str | None = getattr(self.input, "idempotency_key", None)
        return (self.context.idempotency_key or None) if key is None else key

    def required_key(self) -> str:
        """Give the idempotency key of a command that is never carried out without one.

        Raises: Refused with REQUIRED.
        """
        if not self.key:
            message = "This needs an idempotency key, so that nothing is paid twice: send one of your own."
            raise Refused(Code.REQUIRED, message, "idempotencyKey")
        return self.key

    @property
    def fingerprint(self) -> str:
        """What tells this command and its input from others."""
        return idempotency.fingerprint(self.name, plain(self.input))

    def once(self, run: Callable[[], Answer], *, lifetime: timedelta = idempotency.LIFETIME) -> Answer:
        """Run the command's effect, once for its idempotency key where it has one."""
        if self.key is None:
            return run()
        outcome = idempotency.once(
            user=self.user,
            key=self.key,
            command=self.name,
            input=plain(self.input),
            run=run,
            lifetime=lifetime,
        )
        return {"replayed": outcome.replayed, **outcome.answer}


def _of_key(cls: type[Node], needs: Permission | None, *, user: User, key: Any) -> models.QuerySet[Any]:
    rows: Any = cls.rows(user).filter(pk=key)
    return rows.in_hand(user, needs) if needs else rows  # type: ignore[no-any-return]


def _of_keys(cls: type[Node], *, user: User, **keys: Any) -> models.QuerySet[Any]:
    return cls.rows(user).filter(pk__in=list(keys.values()))


def _missing(type_name: str) -> str:
    return f"There is no such {type_name.removeprefix('Receipt').lower()}."


def _store_of(row: models.Model) -> Store:
    """Follow a row to its store, as its rows are followed by `visible_to`."""
    store: Any = row
    path = "" if isinstance(row, Store) else type(row)._default_manager.all().store_path  # type: ignore[attr-defined]
    for step in path.split("__") if path else ():
        store = getattr(store, step)
    if store is None:  # a row of nobody's store, such as a built-in category
        raise Forbidden("This belongs to no store and cannot be changed.")
    return cast("Store", store)


def command(
    payload: type[P],
    *,
    description: str,
    needs: Permission | None = None,
    anonymous: bool = False,
    admin: bool = False,
    archived: bool = False,
) -> Callable[[Callable[[Caller, Any], Answer]], Any]:
    """Declare a mutation from a function of a Caller and an input.

    `needs` is looked for in the store of what the function finds; `admin` commands are for
    administrators, `anonymous` ones for everybody, and what says none of it for all who are signed in.
    `archived` commands act on archived stores too.
    """

    def declare(function: Callable[[Caller, Any], Answer]) -> Any:
        input_type: Any = inspect.get_annotations(function, eval_str=True)["input"]

        def carry_out(context: Context, input: Any) -> P:
            caller = Caller(context, function.__name__, input, needs, archived)
            if not anonymous:
                _ = context.user
            if admin and not context.user.is_staff:
                raise Forbidden("Only an administrator may do this.")
            try:
                answer = function(caller, input)
            except Refused as refusal:
                answer = {REFUSED: refusal}
            said = answer.pop(REFUSED, None)
            errors = [UserError(message=said.message, code=said.code, field=list(said.field))] if said else []
            return payload(answer=answer, user_errors=errors, replayed=answer.pop("replayed", False))

        async def resolve(info: Info, input: Any) -> P:
            if info.context.idempotency_key and len(_names_at_top(info)) != 1:
                raise BadInput("The Idempotency-Key header goes with a document of one mutation.")
            return await sync_to_async(carry_out)(info.context, input)

        argument: Any = Annotated[input_type, strawberry.argument(description="What to do.")]
        resolve.__annotations__ = {"info": Info, "input": argument, "return": payload}
        resolve.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation)
                for name, annotation in (("info", Info), ("input", argument))
            ],
            return_annotation=payload,
        )
        field = strawberry.mutation(resolver=resolve, description=description)
        field.metadata = {"needs": needs, "anonymous": anonymous, "admin": admin, "archived": archived}
        return field

    return declare


def _names_at_top(info: Info) -> set[str]:
    """Collect the names under which an operation answers at its top, fragments expanded."""
    names, waiting = set(), [info._raw_info.operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                names.add((selection.alias or selection.name).value)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                waiting.append(info._raw_info.fragments[selection.name.value].selection_set)
    return names


def plain(input: Any) -> Any:
    """Reduce an input to what makes it the same: no key, files by their hash, nothing that was left out."""
    if dataclasses.is_dataclass(input) and not isinstance(input, type):
        fields = {field.name: getattr(input, field.name) for field in dataclasses.fields(input)}
        return {
            name: plain(given)
            for name, given in fields.items()
            if given is not UNSET and name != "idempotency_key"
        }
    if isinstance(input, list | tuple):
        return [plain(entry) for entry in input]
    if isinstance(input, UploadedFile):
        input.seek(0)
        digest = hashlib.file_digest(input, "sha256").hexdigest()
        input.seek(0)
        return digest
    if isinstance(input, Enum):
        return input.name
    if isinstance(input, Decimal):
        return str(EXACT.normalize(input))
    if isinstance(input, date | datetime | time):
        return input.isoformat()
    return input


def given(input: Any) -> dict[str, Any]:
    """Take the fields of an input that were sent, as a dict for a service's keyword arguments."""
    return {
        field.name: getattr(input, field.name)
        for field in dataclasses.fields(input)
        if getattr(input, field.name) is not UNSET and field.name != "idempotency_key"
    }
