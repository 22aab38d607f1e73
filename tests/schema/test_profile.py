"""What people tell of themselves through HTTP: names, preferences, a picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from core.models import AuditEntry, Profile
from tests.conftest import PASSWORD, Answer, Person, person
from tests.schema.world import everything

SHOWN = """email username firstName lastName avatarUrl profile { bio location birthDate phoneNumber timezone
  themePreference defaultDateRange }"""
UPDATE = f"""mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{
  user {{ {SHOWN} }} userErrors {{ code field message }} }} }}"""
UPLOAD = """mutation ($file: Upload!, $key: String) { uploadAvatar(input: {file: $file, idempotencyKey: $key}) {
  user { avatarUrl } userErrors { code field } replayed } }"""
REMOVE = "mutation ($input: RemoveAvatarInput!) { removeAvatar(input: $input) { user { avatarUrl } userErrors { code } } }"
ME = f"{{ me {{ {SHOWN} }} }}"


def update(ask: Any, who: Person, **changes: Any) -> Any:
    return ask(who, UPDATE, input=changes).data["updateProfile"]


def photo(
    format: str = "JPEG", size: tuple[int, int] = (900, 600), mode: str = "RGB", **options: Any
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "red").save(made, format, **options)
    return made.getvalue()


def upload(ask: Any, who: Person | None, content: bytes, **variables: Any) -> Answer:
    return ask(who, UPLOAD, file=SimpleUploadedFile("me.jpg", content), **variables)


def avatar(ask: Any, who: Person, content: bytes, **variables: Any) -> Any:
    return upload(ask, who, content, **variables).data["uploadAvatar"]


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# --- The profile


def test_an_account_is_opened_with_a_profile_in_the_zone_of_its_store(ask: Any, db: None) -> None:
    document = f"""mutation {{ register(input: {{email: "ann@example.com", password: "{PASSWORD}",
      store: {{name: "Shop", timezone: "Europe/Berlin"}}}}) {{ user {{ {SHOWN} }} }} }}"""
    assert ask(None, document).data["register"]["user"]["profile"] == {
        "bio": "",
        "location": "",
        "birthDate": None,
        "phoneNumber": "",
        "timezone": "Europe/Berlin",
        "themePreference": "AUTO",
        "defaultDateRange": "30d",
    }
    assert Profile.objects.count() == 1


def test_whoever_has_told_nothing_yet_has_an_empty_profile(owner: Person, ask: Any) -> None:
    assert ask(owner, ME).data["me"]["profile"]["themePreference"] == "AUTO"
    assert not Profile.objects.exists()


def test_what_is_told_is_kept_and_what_is_left_out_stays(owner: Person, ask: Any) -> None:
    told = {
        "firstName": " Anna ",
        "lastName": "Weiß",
        "username": "Anna.W",
        "bio": "Bakes.",
        "location": "Bremen",
        "birthDate": "1990-02-28",
        "phoneNumber": "+49 421 1",
        "timezone": "Europe/Berlin",
        "themePreference": "DARK",
        "defaultDateRange": " This_Month ",
    }
    said = update(ask, owner, **told)
    assert said["userErrors"] == []
    user = said["user"]
    assert (user["firstName"], user["lastName"], user["username"]) == ("Anna", "Weiß", "anna.w")
    assert user["profile"] == {
        "bio": "Bakes.",
        "location": "Bremen",
        "birthDate": "1990-02-28",
        "phoneNumber": "+49 421 1",
        "timezone": "Europe/Berlin",
        "themePreference": "DARK",
        "defaultDateRange": "this_month",
    }
    changed = update(ask, owner, bio="Rests.")["user"]
    assert changed == {**user, "profile": {**user["profile"], "bio": "Rests."}}
    assert ask(owner, ME).data["me"] == changed


def test_null_empties_what_can_be_empty(owner: Person, ask: Any) -> None:
    told = {"username": "anna", "bio": "x", "birthDate": "1990-01-01", "timezone": "Asia/Tokyo"}
    update(ask, owner, **told, themePreference="DARK")
    user = update(ask, owner, **dict.fromkeys(told), themePreference=None)["user"]
    assert user["username"] is None
    assert user["profile"]["bio"] == ""
    assert user["profile"]["birthDate"] is None
    assert user["profile"]["timezone"] == "UTC"
    assert user["profile"]["themePreference"] == "AUTO"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"bio": "x" * 501}, "INVALID", "bio"),
        ({"bio": "a\x00b"}, "INVALID", "bio"),
        ({"location": "x" * 201}, "INVALID", "location"),
        ({"firstName": "x" * 101}, "INVALID", "firstName"),
        ({"lastName": "x" * 101}, "INVALID", "lastName"),
        ({"username": "no spaces"}, "INVALID", "username"),
        ({"username": "stranger"}, "TAKEN", "username"),
        ({"username": "STRANGER"}, "TAKEN", "username"),
        ({"phoneNumber": "1" * 51}, "INVALID", "phoneNumber"),
        ({"timezone": "Mars/Olympus"}, "INVALID", "timezone"),
        ({"birthDate": "1899-12-31"}, "INVALID", "birthDate"),
        ({"birthDate": str((timezone.now() + timedelta(days=2)).date())}, "INVALID", "birthDate"),
        ({"defaultDateRange": "soon"}, "INVALID", "defaultDateRange"),
        ({"defaultDateRange": None}, "REQUIRED", "defaultDateRange"),
        ({"defaultDateRange": "2026-02-01..2026-01-01"}, "INVALID", "defaultDateRange"),
    ],
)
def test_what_no_profile_can_hold_is_refused_and_changes_nothing(
    owner: Person, ask: Any, changes: dict[str, Any], code: str, field: str
) -> None:
    person("stranger@example.com", username="stranger")
    before = everything()
    said = update(ask, owner, **{"lastName": "New", **changes})
    assert [(error["code"], error["field"]) for error in said["userErrors"]] == [(code, [field])]
    assert said["user"] is None
    assert everything() == before


def test_one_may_keep_ones_own_username(owner: Person, ask: Any) -> None:
    update(ask, owner, username="anna")
    assert update(ask, owner, username="ANNA")["userErrors"] == []


def test_a_profile_is_for_its_owner_alone(owner: Person, ask: Any) -> None:
    manager = person("manager@example.com", store=owner.store, role="MANAGER")
    update(ask, owner, bio="Bakes.", phoneNumber="+49 1")
    document = "{ me { stores { members { nodes { user { email profile { bio } avatarUrl } } } } } }"
    nodes = ask(manager, document).data["me"]["stores"][0]["members"]["nodes"]
    told = {node["user"]["email"]: node["user"]["profile"] for node in nodes}
    assert told == {"owner@example.com": None, "manager@example.com": {"bio": ""}}


def test_the_audit_tells_that_private_matters_changed_but_not_what_they_say(owner: Person, ask: Any) -> None:
    update(ask, owner, firstName="Anna", birthDate="1990-02-28", bio="Secret", themePreference="DARK")
    entry = AuditEntry.objects.get(action="profile.update")
    assert (entry.actor, entry.store, entry.node_key) == (owner.user, None, owner.user.pk)
    assert entry.before == {"bio": "…", "birth_date": "…", "first_name": "", "theme_preference": "AUTO"}
    assert entry.after == {"bio": "…", "birth_date": "…", "first_name": "Anna", "theme_preference": "DARK"}
    update(ask, owner, firstName="Anna")
    assert AuditEntry.objects.filter(action="profile.update").count() == 1


def test_nobody_has_no_profile_to_change(ask: Any, built_in: None) -> None:
    before = everything()
    assert ask(None, UPDATE, input={"bio": "x"}).codes == ["UNAUTHENTICATED"]
    assert upload(ask, None, photo()).codes == ["UNAUTHENTICATED"]
    assert ask(None, REMOVE, input={}).codes == ["UNAUTHENTICATED"]
    assert everything() == before


# --- The picture


@pytest.mark.parametrize(
    ("drawn", "size"),
    [
        (("JPEG", (900, 600)), 512),
        (("PNG", (300, 200)), 200),
        (("PNG", (700, 700), "RGBA"), 512),
        (("WEBP", (64, 64)), 64),
        (("JPEG", (600, 600), "CMYK"), 512),
        (("PNG", (40, 40), "P"), 40),
    ],
)
def test_a_picture_is_cut_to_a_small_square_that_everybody_with_its_address_sees(
    owner: Person, ask: Any, drawn: tuple[Any, ...], size: int
) -> None:
    said = avatar(ask, owner, photo(*drawn))
    assert said["userErrors"] == []
    response = Client().get(said["user"]["avatarUrl"])
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in response["Cache-Control"]
    with Image.open(io.BytesIO(response.content)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (size, size))
    assert ask(owner, ME).data["me"]["avatarUrl"] == said["user"]["avatarUrl"]


def test_a_picture_says_nothing_of_where_and_with_what_it_was_taken(owner: Person, ask: Any) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Anna"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    content = photo(
        "JPEG", (900, 600), exif=exif.tobytes(), comment=b"Camera of Anna", icc_profile=b"Camera of Anna"
    )
    shown = Client().get(avatar(ask, owner, content)["user"]["avatarUrl"]).content
    assert b"Camera" in content
    assert b"Camera" not in shown
    with Image.open(io.BytesIO(shown)) as picture:
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & picture.info.keys()


def test_a_picture_that_lies_on_its_side_is_put_upright(owner: Person, ask: Any) -> None:
    picture = Image.new("RGB", (400, 400), "red")
    picture.paste("blue", (0, 0, 400, 100))  # the top is blue
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif.tobytes())
    shown = Client().get(avatar(ask, owner, made.getvalue())["user"]["avatarUrl"]).content
    with Image.open(io.BytesIO(shown)) as upright:
        red, _, blue = upright.convert("RGB").getpixel((200, 380))  # type: ignore[misc]
    assert blue > 200 > 50 > red


@pytest.mark.parametrize(
    (
        "content",
        "code",
    ),  # functions draw the larger ones where they are needed, and not wherever this is read
    [
        (b"", "FILE_TYPE"),
        (b"GIF89a not a picture", "FILE_TYPE"),
        (lambda: photo("GIF"), "FILE_TYPE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "FILE_TYPE"),
        (b"%PDF-1.7", "FILE_TYPE"),
        (lambda: photo("JPEG")[:400], "FILE_UNREADABLE"),
        (lambda: photo("PNG", (2000, 2000))[:200], "FILE_UNREADABLE"),
        (lambda: photo("PNG") + b"\0" * 2**21, "FILE_TOO_LARGE"),
        (lambda: photo("PNG", (6000, 6000), "1"), "FILE_TOO_LARGE"),
        (lambda: photo("PNG", (20000, 20000), "1"), "FILE_TOO_LARGE"),
    ],
)
def test_what_is_no_picture_of_a_sane_size_is_refused_and_stores_nothing(
    owner: Person, ask: Any, content: bytes | Callable[[], bytes], code: str
) -> None:
    before = everything()
    said = avatar(ask, owner, content if isinstance(content, bytes) else content())
    assert said == {"user": None, "userErrors": [{"code": code, "field": ["file"]}], "replayed": False}
    assert everything() == before


def test_a_text_where_the_file_belongs_is_refused(owner: Person, ask: Any) -> None:
    before = everything()
    answer = ask(owner, UPLOAD, file="me.jpg")
    codes = answer.codes or [error["code"] for error in answer.data["uploadAvatar"]["userErrors"]]
    assert codes in (["REQUIRED"], ["BAD_USER_INPUT"])
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_another_picture_takes_the_place_of_the_one_before_whose_address_is_dead(
    owner: Person, ask: Any
) -> None:
    first = avatar(ask, owner, photo())["user"]["avatarUrl"]
    second = avatar(ask, owner, photo())["user"]["avatarUrl"]
    assert first != second
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert len(stored()) == 1
    said = ask(owner, REMOVE, input={}).data["removeAvatar"]
    assert said == {"user": {"avatarUrl": None}, "userErrors": []}
    assert Client().get(second).status_code == 404
    assert stored() == []
    assert ask(owner, REMOVE, input={}).data["removeAvatar"]["userErrors"] == []


@pytest.mark.django_db(transaction=True)
def test_the_same_key_stores_one_picture(owner: Person, ask: Any) -> None:
    content = photo()
    first = avatar(ask, owner, content, key="k")
    again = avatar(ask, owner, content, key="k")
    assert again == {**first, "replayed": True}
    assert len(stored()) == 1
    assert [error["code"] for error in avatar(ask, owner, photo("PNG"), key="k")["userErrors"]] == [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    ask(owner, REMOVE, input={"idempotencyKey": "r"})
    second = avatar(ask, owner, content)
    assert ask(owner, REMOVE, input={"idempotencyKey": "r"}).data["removeAvatar"]["user"] == second["user"]


@pytest.mark.parametrize(
    "name", ["", "x.webp", "../secret_key", "%2e%2e%2fsecret_key", "0" * 32 + ".webp", "0" * 32 + ".webp%0a"]
)
def test_no_other_file_is_reached_by_the_door_of_pictures(db: None, name: str) -> None:
    assert Client().get(f"/pictures/{name}").status_code == 404


def test_a_picture_is_only_read(owner: Person, ask: Any) -> None:
    url = avatar(ask, owner, photo())["user"]["avatarUrl"]
    assert Client().post(url).status_code == 405
    assert Client().delete(url).status_code == 405
    assert Client().head(url).status_code == 200
