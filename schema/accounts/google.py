"""Sign in with Google."""

from __future__ import annotations

import strawberry
from django.conf import settings

from core import google, identities
from core.errors import Code, Refused
from schema.accounts.sessions import SessionPayload, signed_in
from schema.commands import Answer, Caller, command


@strawberry.input(description="What Google gave to the front end: an ID token, or an authorization code.")
class LoginWithGoogleInput:
    id_token: str | None = strawberry.field(default=None, description="ID token; or else give a code.")
    code: str | None = strawberry.field(default=None, description="Authorization code, good once.")
    redirect_uri: str | None = strawberry.field(
        default=None, description="Needed beside a code: the address that it was asked for with."
    )
    code_verifier: str | None = strawberry.field(
        default=None,
        description="The secret of the code's challenge, where it was asked for with one (PKCE).",
    )
    nonce: str | None = strawberry.field(
        default=None, description="The nonce that was asked for: an ID token with another one is refused."
    )


@command(
    SessionPayload,
    description=(
        "Sign in with Google. The first time, this links the account of the same address, which must be "
        "proved here too, or opens one with a personal store."
    ),
    anonymous=True,
)
def login_with_google(caller: Caller, input: LoginWithGoogleInput) -> Answer:
    if not settings.GOOGLE_CLIENT_IDS:
        raise Refused(Code.GOOGLE_UNAVAILABLE, "Signing in with Google is not set up on this server.")
    try:
        person = google.check(_id_token(input), nonce=input.nonce or "")
    except google.Rejected as error:
        raise Refused(Code.GOOGLE_REJECTED, str(error)) from error
    except google.Unavailable as error:
        raise Refused(Code.GOOGLE_UNAVAILABLE, str(error)) from error
    return signed_in(caller, *identities.sign_in_with_google(person=person))


def _id_token(input: LoginWithGoogleInput) -> str:
    if bool(input.id_token) == bool(input.code):
        raise Refused(Code.REQUIRED, "Give either an ID token or a code.", "idToken")
    if input.id_token:
        return input.id_token
    if not input.redirect_uri:
        raise Refused(
            Code.REQUIRED, "A code needs the redirect URI that it was asked for with.", "redirectUri"
        )
    return google.exchange(
        code=input.code or "", redirect_uri=input.redirect_uri, code_verifier=input.code_verifier or ""
    )


@strawberry.type
class GoogleMutations:
    login_with_google = login_with_google
