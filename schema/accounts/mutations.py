"""Accounts and sessions. A stored answer must never hold a token: none of these takes a key."""

from __future__ import annotations

import strawberry

from core import services, tokens
from core.errors import Code, Refused
from core.models import Store
from core.models import User as UserRow
from schema.accounts.types import User
from schema.commands import Answer, Caller, Payload, command, value, written
from schema.enums import StoreType


@strawberry.input(description="A store to open.")
class NewStoreInput:
    name: str = strawberry.field(default="", description="Name; without one the store is a personal one.")
    type: StoreType = strawberry.field(default=Store.Type.OTHER, description="What kind of store it is.")
    address: str = strawberry.field(default="", description="Postal address.")
    phone: str = strawberry.field(default="", description="Telephone number.")
    timezone: str = strawberry.field(default="UTC", description="IANA name, such as Europe/Berlin.")
    currency: str = strawberry.field(default="USD", description="ISO 4217 code, such as EUR.")


@strawberry.input(description="An account to open, with its first store.")
class RegisterInput:
    email: str = strawberry.field(description="Address to sign in with.")
    password: str = strawberry.field(description="8 to 128 characters, not a common one.")
    first_name: str = strawberry.field(default="", description="First name.")
    last_name: str = strawberry.field(default="", description="Last name.")
    username: str = strawberry.field(default="", description="Handle to sign in with too.")
    store: NewStoreInput | None = strawberry.field(
        default=None, description="The store; else a personal one."
    )


@strawberry.input(description="Who signs in.")
class TokenAuthInput:
    login: str = strawberry.field(description="Email or username.")
    password: str = strawberry.field(description="Password.")


@strawberry.input(description="A session's refresh token.")
class RefreshTokenInput:
    refresh_token: str = strawberry.field(description="The newest one of the session: each works once.")


@strawberry.type(description="A session, or why there is none.")
class SessionPayload(Payload):
    access_token: str | None = value("Send it as a Bearer header; good for half an hour.", key="access")
    refresh_token: str | None = value("Exchange it, once, for the next pair.", key="refresh")
    user: User | None = written("Who has signed in.", to="User", key="user")


@strawberry.type(description="The end of a session.")
class RevokeTokenPayload(Payload):
    revoked: bool = value("True when no token of the session works any more.", key="revoked", default=False)


def _session(caller: Caller, user: UserRow, pair: tokens.Pair) -> Answer:
    caller.context.account = user  # the payload's rows are read as the new user sees them
    return {"user": user.pk, "access": pair.access, "refresh": pair.refresh}


@command(SessionPayload, description="Open an account with its first store, and sign in.", anonymous=True)
def register(caller: Caller, input: RegisterInput) -> Answer:
    store = input.store or NewStoreInput()
    account = services.NewAccount(
        email=input.email,
        password=input.password,
        first_name=input.first_name,
        last_name=input.last_name,
        username=input.username,
        store=services.NewStore(**vars(store)),
    )
    user = services.register(account=account)
    return _session(caller, user, tokens.open_session(user=user))


@command(SessionPayload, description="Sign in by email or username.", anonymous=True)
def token_auth(caller: Caller, input: TokenAuthInput) -> Answer:
    return _session(caller, *services.sign_in(login=input.login, password=input.password))


@command(
    SessionPayload,
    description="Exchange a refresh token for a new pair; using one twice ends the session.",
    anonymous=True,
)
def refresh_token(caller: Caller, input: RefreshTokenInput) -> Answer:
    try:
        return _session(caller, *tokens.rotate(refresh=input.refresh_token))
    except tokens.InvalidToken as error:
        raise Refused(Code.INVALID_TOKEN, "Sign in again.", "refreshToken") from error


@command(RevokeTokenPayload, description="Sign out: end the session of a refresh token.", anonymous=True)
def revoke_token(caller: Caller, input: RefreshTokenInput) -> Answer:
    tokens.revoke_refresh(refresh=input.refresh_token)
    return {"revoked": True}


@strawberry.type
class AccountMutations:
    register = register
    token_auth = token_auth
    refresh_token = refresh_token
    revoke_token = revoke_token
