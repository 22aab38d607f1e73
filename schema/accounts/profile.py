"""What people tell of themselves, and how they like things shown."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
import strawberry_django
from strawberry import auto
from strawberry.file_uploads import Upload as UploadedFile

from core import models, pictures, profiles, ranges
from core.errors import Code, Refused
from schema import dataloaders
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, given, written
from schema.context import Info, level
from schema.enums import ThemePreference
from schema.nodes import column
from schema.pictures import url_of
from schema.receipts.inputs import entry

if TYPE_CHECKING:
    from schema.accounts.types import User

RANGE = f"As `DateRange` takes it: 7d, 2026-01-01..2026-02-01, or one of {', '.join(ranges.NAMED)}."


@strawberry_django.type(
    models.Profile, description="What somebody tells of themselves, and how they like things shown."
)
class Profile:
    bio: auto = column("About oneself; at most 500 characters.")
    location: auto = column("Where one lives or works.")
    birth_date: auto = column("Day of birth.")
    phone_number: auto = column("Telephone number.")
    timezone: auto = column("IANA name of the zone in which moments are shown.")
    theme_preference: ThemePreference = column("Light or dark.")
    default_date_range: str = column(f"The range to look at where none is chosen. {RANGE}")


async def profile_of(root: Any, info: Info) -> Any:
    viewer = info.context.user
    return await info.context.load(level(info), root.pk, lambda users: dataloaders.profiles_of(viewer, users))


async def avatar_url_of(root: Any, info: Info) -> str | None:
    name: str = await info.context.load(level(info), root.pk, dataloaders.avatars_of)
    return url_of(name)


@strawberry.input(description="What changes of your profile; what is left out stays as it is.")
class UpdateProfileInput:
    first_name: str | None = entry("First name; at most 100 characters.")
    last_name: str | None = entry("Last name; at most 100 characters.")
    username: str | None = entry("Handle to sign in with too; null for none.")
    bio: str | None = entry("About yourself; at most 500 characters.")
    location: str | None = entry("Where you live or work; at most 200 characters.")
    birth_date: datetime.date | None = entry("Day of birth, from 1900 on.")
    phone_number: str | None = entry("Telephone number; at most 50 characters.")
    timezone: str | None = entry("IANA name, such as Europe/Berlin; null for UTC.")
    theme_preference: ThemePreference | None = entry("Light or dark; null for AUTO.")
    default_date_range: str | None = entry(f"The range to look at where none is chosen. {RANGE}")


@strawberry.input(description="A picture of you.")
class UploadAvatarInput:
    file: UploadedFile = strawberry.field(
        description="JPEG, PNG or WebP; at most 2 MB and 25 megapixels. It is cut to a square of at most "
        "512 pixels; place, camera and the like are dropped. Sent as multipart."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="That you want no picture of you shown.")
class RemoveAvatarInput:
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="Your account, as it is now.")
class ProfilePayload(Payload):
    user: Annotated[User, strawberry.lazy("schema.accounts.types")] | None = written(
        "You.", to="User", key="user"
    )


@command(ProfilePayload, description="Change your names and your profile.")
def update_profile(caller: Caller, input: UpdateProfileInput) -> Answer:
    return {"user": profiles.update(user=caller.user, changes=given(input)).pk}


@command(ProfilePayload, description="Show another picture of you; the one before is removed.")
def upload_avatar(caller: Caller, input: UploadAvatarInput) -> Answer:
    content = pictures.shrink(file=sent(input.file), square=True)

    def run() -> Answer:
        name = pictures.keep(content)
        return {"user": profiles.set_avatar(user=caller.user, name=name).pk}

    return caller.once(run)


@command(ProfilePayload, description="Remove the picture of you.")
def remove_avatar(caller: Caller, input: RemoveAvatarInput) -> Answer:
    return caller.once(lambda: {"user": profiles.set_avatar(user=caller.user, name="").pk})


def sent(file: Any) -> Any:
    """Give a file that came with the request.

    Raises: Refused with REQUIRED for what is none.
    """
    if not hasattr(file, "chunks"):
        raise Refused(Code.REQUIRED, "Send the file as multipart/form-data.", "file")
    return file


@strawberry.type
class ProfileMutations:
    update_profile = update_profile
    upload_avatar = upload_avatar
    remove_avatar = remove_avatar
