"""Sessions: opened, renewed, looked at and ended. A stored answer must never hold a token: no keys here."""

from __future__ import annotations

from datetime import datetime

import strawberry

from core import services, tokens
from core.errors import Code, Refused
from core.models import User as UserRow
from schema.accounts.types import User
from schema.commands import Answer, Caller, Payload, command, value, written


@strawberry.input(description="Who signs in.")
class TokenAuthInput:
    login: str = strawberry.field(description="Email or username.")
    password: str = strawberry.field(description="Password.")


@strawberry.input(description="A session's refresh token.")
class RefreshTokenInput:
    refresh_token: str = strawberry.field(description="The newest one of the session: each works once.")


@strawberry.input(description="An access token to look at.")
class VerifyTokenInput:
    token: str = strawberry.field(description="The access token, without a prefix.")


@strawberry.input(description="Which sessions to end.")
class RevokeAllTokensInput:
    keep_this: bool = strawberry.field(default=False, description="Whether this very session goes on.")


@strawberry.type(description="A session, or why there is none.")
class SessionPayload(Payload):
    access_token: str | None = value("Send it as a Bearer header; good for half an hour.", key="access")
    refresh_token: str | None = value("Exchange it, once, for the next pair.", key="refresh")
    user: User | None = written("Who has signed in.", to="User", key="user")


@strawberry.type(description="What an access token is good for.")
class VerifyTokenPayload(Payload):
    valid: bool = value("Whether it opens anything now.", key="valid", default=False)
    expires_at: datetime | None = value("Until when; null when it is not valid.", key="expires_at")
    user: User | None = written(
        "Whom it speaks for; null when it is not valid, or when you are signed in and may not see them.",
        to="User",
        key="user",
    )


@strawberry.type(description="The end of sessions.")
class RevokeTokenPayload(Payload):
    revoked: bool = value("True when no token of them works any more.", key="revoked", default=False)


def signed_in(caller: Caller, user: UserRow, pair: tokens.Pair) -> Answer:
    """Answer with a new session, in which the payload's rows are read and what follows is done."""
    caller.context.enter(tokens.session_of(pair.access))
    return {"user": user.pk, "access": pair.access, "refresh": pair.refresh}


@command(SessionPayload, description="Sign in by email or username.", anonymous=True)
def token_auth(caller: Caller, input: TokenAuthInput) -> Answer:
    return signed_in(caller, *services.sign_in(login=input.login, password=input.password))


@command(
    SessionPayload,
    description="Exchange a refresh token for a new pair; using one twice ends the session.",
    anonymous=True,
)
def refresh_token(caller: Caller, input: RefreshTokenInput) -> Answer:
    try:
        return signed_in(caller, *tokens.rotate(refresh=input.refresh_token))
    except tokens.InvalidToken as error:
        raise Refused(Code.INVALID_TOKEN, "Sign in again.", "refreshToken") from error


@command(VerifyTokenPayload, description="Tell whether an access token is valid, and whose.", anonymous=True)
def verify_token(caller: Caller, input: VerifyTokenInput) -> Answer:
    try:
        session = tokens.session_of(input.token)
    except tokens.InvalidToken:
        return {}
    if caller.context.account is None:
        caller.context.enter(session)
    return {"valid": True, "expires_at": session.expires_at, "user": session.user.pk}


@command(RevokeTokenPayload, description="Sign out: end the session of a refresh token.", anonymous=True)
def revoke_token(caller: Caller, input: RefreshTokenInput) -> Answer:
    services.sign_out(refresh=input.refresh_token)
    return {"revoked": True}


@command(RevokeTokenPayload, description="Sign out everywhere: end all sessions of your account.")
def revoke_all_tokens(caller: Caller, input: RevokeAllTokensInput) -> Answer:
    services.sign_out_everywhere(user=caller.user, but=caller.session.family if input.keep_this else None)
    return {"revoked": True}


@strawberry.type
class SessionMutations:
    token_auth = token_auth
    refresh_token = refresh_token
    verify_token = verify_token
    revoke_token = revoke_token
    revoke_all_tokens = revoke_all_tokens
