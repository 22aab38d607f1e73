"""Accounts: opened, verified, closed. A stored answer must never hold a token: none of these takes a key."""

from __future__ import annotations

import strawberry

from core import activation, services, verification
from core.stores import NewStore
from schema.accounts.admin import AdminMutations
from schema.accounts.google import GoogleMutations
from schema.accounts.members import MemberMutations
from schema.accounts.passwords import GOOD, MailPayload, PasswordMutations
from schema.accounts.profile import ProfileMutations
from schema.accounts.sessions import SessionMutations, SessionPayload, signed_in
from schema.accounts.stores import NewStoreInput, StoreMutations
from schema.commands import Answer, Caller, Payload, command, value


@strawberry.input(description="An account to open, with its first store.")
class RegisterInput:
    email: str = strawberry.field(description="Address to sign in with.")
    password: str = strawberry.field(description=GOOD)
    first_name: str = strawberry.field(default="", description="First name.")
    last_name: str = strawberry.field(default="", description="Last name.")
    username: str = strawberry.field(default="", description="Handle to sign in with too.")
    store: NewStoreInput | None = strawberry.field(
        default=None, description="The store; else a personal one."
    )


@strawberry.input(description="A mailed link that proves an address.")
class VerifyEmailInput:
    token: str = strawberry.field(description="What follows `token=` in the link.")


@strawberry.input(description="Whose address is to be proved.")
class RequestEmailVerificationInput:
    email: str = strawberry.field(description="Address of the account.")


@strawberry.input(description="Your word that you mean it.")
class DeactivateAccountInput:
    password: str = strawberry.field(description="Your password.")


@strawberry.type(description="What became of a proof of an address.")
class VerifyEmailPayload(Payload):
    verified: bool = value("True when the address is proved.", key="verified", default=False)


@strawberry.type(description="What became of an account.")
class DeactivateAccountPayload(Payload):
    deactivated: bool = value("True when nobody can sign in to it.", key="deactivated", default=False)


@command(
    SessionPayload,
    description=(
        "Open an account with its first store, and sign in. With the address of an account that there is "
        "already, this is a log-in."
    ),
    anonymous=True,
)
def register(caller: Caller, input: RegisterInput) -> Answer:
    store = input.store or NewStoreInput()
    account = services.NewAccount(
        email=input.email,
        password=input.password,
        first_name=input.first_name,
        last_name=input.last_name,
        username=input.username,
        store=NewStore(**vars(store)),
    )
    return signed_in(caller, *services.register(account=account))


@command(
    MailPayload, description="Have a link mailed that proves your address, good for a day.", anonymous=True
)
def request_email_verification(caller: Caller, input: RequestEmailVerificationInput) -> Answer:
    verification.request(email=input.email)
    return {"accepted": True}


@command(VerifyEmailPayload, description="Prove your address by way of a mailed link.", anonymous=True)
def verify_email(caller: Caller, input: VerifyEmailInput) -> Answer:
    verification.verify(token=input.token)
    return {"verified": True}


@command(
    DeactivateAccountPayload,
    description="Close your account: all its sessions end; only an administrator can open it again.",
)
def deactivate_account(caller: Caller, input: DeactivateAccountInput) -> Answer:
    activation.close(user=caller.user, password=input.password)
    return {"deactivated": True}


@strawberry.type
class AccountMutations(
    SessionMutations,
    GoogleMutations,
    PasswordMutations,
    ProfileMutations,
    StoreMutations,
    MemberMutations,
    AdminMutations,
):
    register = register
    request_email_verification = request_email_verification
    verify_email = verify_email
    deactivate_account = deactivate_account
