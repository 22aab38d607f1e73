"""What a resolver knows of its request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo
from strawberry.types.nodes import Selection

from core import tokens
from core.models import User
from schema.errors import Unauthenticated

ENDED = "The access token is expired or not valid: refresh it or log in again."
Batch = Callable[[list[Any]], Sequence[Any]]


@dataclass
class Context:
    account: User | None = None
    refusal: str = ""  # why the token that was sent does not count
    idempotency_key: str = ""
    session: tokens.Session | None = None
    address: str = ""  # of the client, as far as it can be known
    loaders: dict[tuple[object, ...], DataLoader[Any, Any]] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """The signed-in user.

        Raises: Unauthenticated.
        """
        if self.account is None:
            raise Unauthenticated(*([self.refusal] if self.refusal else []))
        return self.account

    def check_session(self) -> None:
        """Make sure that the session of a request that lasts long goes on.

        Raises: Unauthenticated.
        """
        try:
            if self.session:
                tokens.check(self.session)
        except tokens.InvalidToken:
            raise Unauthenticated(ENDED) from None

    def enter(self, session: tokens.Session) -> None:
        """Go on in a session."""
        self.account, self.session = session.user, session

    def load(self, name: tuple[object, ...], key: Any, batch: Batch) -> Awaitable[Any]:
        """Load the value for `key` together with its siblings: one call of `batch` for all of a name."""
        loader = self.loaders.get(name)
        if loader is None:

            async def fetch(keys: list[Any]) -> Sequence[Any]:
                return await sync_to_async(batch)(keys)

            loader = self.loaders[name] = DataLoader(load_fn=fetch)
        return loader.load(key)


Info = StrawberryInfo[Context, None]


def level(info: Info) -> tuple[object, ...]:
    """Name the place of a field in the answer, the same for all rows of a list.

    Siblings of one name have one set of arguments (GraphQL merges no others), so that their
    values can be loaded together.
    """
    path = tuple(step for step in info.path.as_list() if not isinstance(step, int))
    return (info._raw_info.parent_type.name, *path)


def asks_for(info: Info, names: Set[str]) -> bool:
    """Tell whether any of some fields is asked for below this one; a directive may leave it out yet."""

    def among(selections: Iterable[Selection]) -> bool:
        return any(getattr(one, "name", None) in names or among(one.selections) for one in selections)

    return among(info.selected_fields)


def access_token(authorization: str) -> str | None:
    """Take the token out of an Authorization header, if it holds one."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "jwt") else None


def authenticate(authorization: str) -> tuple[tokens.Session | None, str]:
    """Find the session that an Authorization header speaks for, or why it speaks for none."""
    if not authorization:
        return None, ""
    token = access_token(authorization)
    if token is None:
        return None, "The Authorization header must be: Bearer, a space, an access token."
    try:
        return tokens.session_of(token), ""
    except tokens.InvalidToken:
        return None, ENDED
