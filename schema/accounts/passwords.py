"""Passwords: changed by those who know them, and reset by those who read the account's mail."""

from __future__ import annotations

import strawberry

from core import passwords
from schema.accounts.types import User
from schema.commands import Answer, Caller, Payload, command, value, written

GOOD = "8 to 128 characters, not a common one."


@strawberry.input(description="A new password for the one that is known.")
class ChangePasswordInput:
    old_password: str = strawberry.field(description="The password as it is.")
    new_password: str = strawberry.field(description=GOOD)


@strawberry.input(description="Whose password is forgotten.")
class RequestPasswordResetInput:
    email: str = strawberry.field(description="Address of the account.")


@strawberry.input(description="A new password by way of a mailed link.")
class ResetPasswordInput:
    token: str = strawberry.field(description="What follows `token=` in the link.")
    new_password: str = strawberry.field(description=GOOD)


@strawberry.type(description="The account whose password was replaced.")
class ChangePasswordPayload(Payload):
    user: User | None = written("You.", to="User", key="user")


@strawberry.type(description="What became of a request for a mail.")
class MailPayload(Payload):
    accepted: bool = value(
        "True when a mail will be sent, if there is somebody to send it to; who is there is not told.",
        key="accepted",
        default=False,
    )


@strawberry.type(description="What became of a password.")
class ResetPasswordPayload(Payload):
    reset: bool = value("True when it was replaced: sign in with the new one.", key="reset", default=False)


@command(ChangePasswordPayload, description="Replace your password; your other sessions end.")
def change_password(caller: Caller, input: ChangePasswordInput) -> Answer:
    passwords.change(
        user=caller.user, session=caller.session.family, old=input.old_password, new=input.new_password
    )
    return {"user": caller.user.pk}


@command(
    MailPayload,
    description="Have a link mailed that sets a new password: good once, within 30 minutes.",
    anonymous=True,
)
def request_password_reset(caller: Caller, input: RequestPasswordResetInput) -> Answer:
    passwords.request_reset(email=input.email)
    return {"accepted": True}


@command(
    ResetPasswordPayload,
    description="Set a new password by way of a mailed link; all sessions end.",
    anonymous=True,
)
def reset_password(caller: Caller, input: ResetPasswordInput) -> Answer:
    passwords.reset(token=input.token, new=input.new_password)
    return {"reset": True}


@strawberry.type
class PasswordMutations:
    change_password = change_password
    request_password_reset = request_password_reset
    reset_password = reset_password
