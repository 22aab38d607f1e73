"""Stores through HTTP: opened, changed, laid to rest; and how a front end looks and speaks for them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from core import stores
from core.errors import Refused
from core.models import AuditEntry, Membership, Store
from core.roles import Role
from core.stores import MAX_STORES
from core.themes import PALETTES
from receipts.models import Bill
from tests import books
from tests.conftest import Person, person
from tests.schema import documents
from tests.schema.world import COMMANDS, carry_out, everything, fill, furnish, refused

SHOWN = """id name type address phone timezone currency role archivedAt dashboard
  theme { primary secondary accent background surface text own logoUrl }
  vocabulary { product products collection collections brand brands category categories customer customers order orders own }
  settings { weekStart receiptReader suggestionWriter modelReadingsPerDay digest notices }"""
CREATE = f"""mutation ($input: CreateStoreInput!) {{ createStore(input: $input) {{
  store {{ {SHOWN} }} userErrors {{ code field message }} replayed }} }}"""
UPDATE = f"""mutation ($input: UpdateStoreInput!) {{ updateStore(input: $input) {{
  store {{ {SHOWN} }} userErrors {{ code field message }} }} }}"""
LOGO = """mutation ($store: ID!, $file: Upload!, $key: String) {
  uploadStoreLogo(input: {store: $store, file: $file, idempotencyKey: $key}) {
    store { theme { logoUrl } } userErrors { code field } replayed } }"""
REST = (
    """mutation ($store: ID!) { %s(input: {store: $store}) { store { archivedAt } userErrors { code } } }"""
)
STORES = "query ($archived: Boolean) { me { stores(archived: $archived) { id } } }"


def create(ask: Any, who: Person, **fields: Any) -> Any:
    return ask(who, CREATE, input=fields).data["createStore"]


def update(ask: Any, who: Person, **changes: Any) -> Any:
    return ask(who, UPDATE, input={"store": who.store_id, **changes}).data["updateStore"]


def rest(ask: Any, who: Person, command: str) -> Any:
    return ask(who, REST % command, store=who.store_id)


def errors(said: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in said["userErrors"]]


def picture(mode: str = "RGBA", size: tuple[int, int] = (800, 200)) -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new(mode, size).save(made, "PNG")
    return SimpleUploadedFile("logo.png", made.getvalue())


# --- Opening


def test_a_store_that_is_opened_has_its_owner_and_speaks_as_its_type_does(owner: Person, ask: Any) -> None:
    said = create(
        ask,
        owner,
        name=" Second Hand Tunes ",
        type="MUSIC",
        address="1 Side Street",
        phone="+1 555",
        timezone="America/New_York",
        currency="USD",
    )
    assert said["userErrors"] == []
    store = said["store"]
    assert (store["name"], store["type"], store["role"]) == ("Second Hand Tunes", "MUSIC", "OWNER")
    assert (store["timezone"], store["currency"], store["archivedAt"]) == ("America/New_York", "USD", None)
    words = store["vocabulary"]
    assert [words[term] for term in ("product", "collection", "brand", "category")] == [
        "track", "album", "artist", "genre",
    ]  # fmt: skip
    assert store["theme"]["primary"] == PALETTES["MUSIC"].primary
    assert (store["theme"]["own"], words["own"], store["theme"]["logoUrl"]) == ([], [], None)
    unset = {"receiptReader": None, "suggestionWriter": None, "modelReadingsPerDay": None}
    assert store["settings"] == {"weekStart": "MONDAY", "digest": "NEVER", "notices": "IN_DIGEST", **unset}
    assert store["dashboard"][0] == "SPENT_THIS_MONTH"
    assert (
        AuditEntry.objects.get(action="store.create", actor=owner.user).after["name"] == "Second Hand Tunes"
    )


@pytest.mark.parametrize("type", [type.value for type in Store.Type])
def test_every_type_of_store_can_be_shown(owner: Person, ask: Any, type: str) -> None:
    shown = create(ask, owner, name="x", type=type)["store"]
    assert shown["vocabulary"].pop("own") == shown["theme"].pop("own") == []
    assert all(shown["vocabulary"].values())
    assert shown["theme"].pop("logoUrl") is None
    assert all(colour.startswith("#") for colour in shown["theme"].values())


def test_a_store_without_a_name_is_a_personal_one(owner: Person, ask: Any) -> None:
    store = create(ask, owner, type="CAFE")["store"]
    assert (store["name"], store["type"]) == ("Personal", "PERSONAL")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"address": "x" * 501}, "address"),
        ({"phone": "1" * 51}, "phone"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"currency": "euro"}, "currency"),
    ],
)
def test_what_no_store_can_be_is_refused_and_opens_nothing(
    owner: Person, ask: Any, fields: dict[str, str], field: str
) -> None:
    before = everything()
    assert errors(create(ask, owner, **{"name": "Shop", **fields})) == [("INVALID", [field])]
    assert everything() == before


def test_the_same_key_opens_one_store(owner: Person, ask: Any) -> None:
    first = create(ask, owner, name="Shop", idempotencyKey="k")
    assert create(ask, owner, name="Shop", idempotencyKey="k") == {**first, "replayed": True}
    assert errors(create(ask, owner, name="Other", idempotencyKey="k")) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert Store.objects.filter(name="Shop").count() == 1


def test_an_account_has_at_most_a_hundred_stores_the_archived_ones_counted(owner: Person, ask: Any) -> None:
    made = Store.objects.bulk_create(Store(name=str(number)) for number in range(MAX_STORES - 2))
    Membership.objects.bulk_create(
        Membership(user=owner.user, store=store, role=Role.STAFF) for store in made
    )
    rest(ask, owner, "archiveStore")
    assert create(ask, owner, name="The hundredth")["userErrors"] == []
    before = everything()
    assert errors(create(ask, owner, name="One too many")) == [("CONFLICT", [])]
    assert everything() == before


# --- Changing


def test_what_is_said_of_a_store_is_kept_and_what_is_left_out_stays(owner: Person, ask: Any) -> None:
    changes = {
        "name": "Anna's Books",
        "type": "BOOKS",
        "address": "Main Street 1",
        "phone": "+49 421 1",
        "timezone": "Europe/Berlin",
        "currency": "CHF",
    }
    settings = {
        "weekStart": "SUNDAY",
        "receiptReader": "OPENAI",
        "suggestionWriter": "GEMINI",
        "modelReadingsPerDay": 20,
        "digest": "WEEKLY",
        "notices": "AT_ONCE",
    }
    said = update(ask, owner, **changes, settings=settings, dashboard=["RECENT_BILLS", "TOP_ITEMS"])
    assert said["userErrors"] == []
    store = said["store"]
    assert {name: store[name] for name in changes} == changes
    assert store["settings"] == settings
    assert store["dashboard"] == ["RECENT_BILLS", "TOP_ITEMS"]
    assert store["vocabulary"]["brand"] == "author"
    again = update(ask, owner, settings={"digest": "MONTHLY"})["store"]
    assert again == {**store, "settings": {**settings, "digest": "MONTHLY"}}


def test_null_empties_what_can_be_empty(owner: Person, ask: Any) -> None:
    update(ask, owner, address="x", phone="1", settings={"receiptReader": "LOCAL"}, dashboard=[])
    store = update(ask, owner, address=None, phone=None, settings={"receiptReader": None}, dashboard=None)[
        "store"
    ]
    assert (store["address"], store["phone"], store["settings"]["receiptReader"]) == ("", "", None)
    assert len(store["dashboard"]) > 1


def test_an_empty_dashboard_is_not_the_usual_one(owner: Person, ask: Any) -> None:
    assert update(ask, owner, dashboard=[])["store"]["dashboard"] == []


def test_own_colours_and_words_stand_before_those_of_the_type_until_they_are_taken_back(
    owner: Person, ask: Any
) -> None:
    update(
        ask,
        owner,
        type="MUSIC",
        theme={"primary": "#aabbcc"},
        vocabulary={"product": " Song ", "products": "Songs"},
    )
    store = update(ask, owner, theme={"text": "#010203"}, vocabulary={"brand": "band"})["store"]
    assert (store["theme"]["primary"], store["theme"]["text"]) == ("#AABBCC", "#010203")
    assert store["theme"]["accent"] == PALETTES["MUSIC"].accent
    assert store["theme"]["own"] == ["primary", "text"]
    assert (store["vocabulary"]["product"], store["vocabulary"]["brand"]) == ("Song", "band")
    assert store["vocabulary"]["own"] == ["brand", "product", "products"]
    store = update(ask, owner, type="BOOKS", theme={"primary": None}, vocabulary={"brand": None})["store"]
    assert store["theme"]["primary"] == PALETTES["BOOKS"].primary
    assert (store["vocabulary"]["product"], store["vocabulary"]["brand"]) == ("Song", "author")
    store = update(ask, owner, theme=None, vocabulary=None)["store"]
    assert (store["theme"]["own"], store["vocabulary"]["own"]) == ([], [])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "REQUIRED", ["name"]),
        ({"name": None}, "REQUIRED", ["name"]),
        ({"name": "x" * 201}, "INVALID", ["name"]),
        ({"type": None}, "REQUIRED", ["type"]),
        ({"timezone": None}, "REQUIRED", ["timezone"]),
        ({"timezone": "x" * 70}, "INVALID", ["timezone"]),
        ({"currency": None}, "REQUIRED", ["currency"]),
        ({"currency": "eur"}, "INVALID", ["currency"]),
        ({"address": "x" * 501}, "INVALID", ["address"]),
        ({"phone": "x\x00"}, "INVALID", ["phone"]),
        ({"settings": {"weekStart": None}}, "REQUIRED", ["settings", "weekStart"]),
        ({"settings": {"digest": None}}, "REQUIRED", ["settings", "digest"]),
        ({"settings": {"notices": None}}, "REQUIRED", ["settings", "notices"]),
        ({"theme": {"primary": "red"}}, "INVALID", ["theme", "primary"]),
        ({"theme": {"text": "#12345"}}, "INVALID", ["theme", "text"]),
        ({"theme": {"text": "#12345G"}}, "INVALID", ["theme", "text"]),
        ({"theme": {"text": "url(javascript:1)"}}, "INVALID", ["theme", "text"]),
        ({"vocabulary": {"brand": ""}}, "REQUIRED", ["vocabulary", "brand"]),
        ({"vocabulary": {"brand": "x" * 41}}, "INVALID", ["vocabulary", "brand"]),
        ({"dashboard": ["TOP_ITEMS", "TOP_ITEMS"]}, "INVALID", ["dashboard"]),
    ],
)
def test_what_no_store_can_become_is_refused_and_changes_nothing(
    owner: Person, ask: Any, changes: dict[str, Any], code: str, field: list[str]
) -> None:
    before = everything()
    assert errors(update(ask, owner, **{"phone": "7", **changes})) == [(code, field)]
    assert everything() == before


def test_a_card_that_no_dashboard_knows_is_no_value(owner: Person, ask: Any) -> None:
    before = everything()
    answer = ask(owner, UPDATE, input={"store": owner.store_id, "dashboard": ["WEATHER"]})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert everything() == before


def test_the_currency_is_fixed_once_there_are_bills(owner: Person, ask: Any) -> None:
    assert update(ask, owner, currency="CHF")["store"]["currency"] == "CHF"
    books.bill(owner.store, status=Bill.Status.VOID)
    before = everything()
    assert errors(update(ask, owner, currency="USD", name="New")) == [("CONFLICT", ["currency"])]
    assert everything() == before
    assert update(ask, owner, currency="CHF", name="New")["store"]["name"] == "New"


def test_a_change_is_audited_with_what_changed_and_no_change_is_not(owner: Person, ask: Any) -> None:
    update(ask, owner, name="New", theme={"primary": "#010203"}, dashboard=["TOP_ITEMS"])
    entry = AuditEntry.objects.get(action="store.update")
    assert (entry.store, entry.actor) == (owner.store, owner.user)
    assert entry.before == {"name": "owner's store", "theme": {}, "dashboard": None}
    assert entry.after == {"name": "New", "theme": {"primary": "#010203"}, "dashboard": ["TOP_ITEMS"]}
    update(ask, owner, name="New")
    assert AuditEntry.objects.filter(action="store.update").count() == 1


# --- The logo


@pytest.mark.django_db(transaction=True)
def test_a_logo_keeps_its_shape_and_what_is_see_through(owner: Person, ask: Any) -> None:
    said = ask(owner, LOGO, store=owner.store_id, file=picture()).data["uploadStoreLogo"]
    assert said["userErrors"] == []
    url = said["store"]["theme"]["logoUrl"]
    with Image.open(io.BytesIO(Client().get(url).content)) as shown:
        assert (shown.format, shown.size, shown.mode) == ("WEBP", (512, 128), "RGBA")
    remove = (
        "mutation ($store: ID!) { removeStoreLogo(input: {store: $store}) { store { theme { logoUrl } } } }"
    )
    assert (
        ask(owner, remove, store=owner.store_id).data["removeStoreLogo"]["store"]["theme"]["logoUrl"] is None
    )
    assert Client().get(url).status_code == 404
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "store.upload_logo",
        "store.remove_logo",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_stores_one_logo(owner: Person, ask: Any) -> None:
    first = ask(owner, LOGO, store=owner.store_id, file=picture(), key="k").data["uploadStoreLogo"]
    again = ask(owner, LOGO, store=owner.store_id, file=picture(), key="k").data["uploadStoreLogo"]
    assert again == {**first, "replayed": True}
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.webp"))) == 1


def test_a_logo_that_is_no_picture_is_refused(owner: Person, ask: Any) -> None:
    before = everything()
    file = SimpleUploadedFile("logo.svg", b"<svg onload='alert(1)'/>")
    said = ask(owner, LOGO, store=owner.store_id, file=file).data["uploadStoreLogo"]
    assert errors(said) == [("FILE_TYPE", ["file"])]
    assert everything() == before


# --- At rest


def test_an_archived_store_is_left_out_unless_it_is_asked_for_and_can_be_read(
    owner: Person, ask: Any
) -> None:
    books.bill(owner.store)
    assert rest(ask, owner, "archiveStore").data["archiveStore"]["store"]["archivedAt"]
    assert ask(owner, STORES).data["me"]["stores"] == []
    assert ask(owner, STORES, archived=None).data["me"]["stores"] == []
    assert ask(owner, STORES, archived=True).data["me"]["stores"] == [{"id": owner.store_id}]
    document = "query ($id: ID!) { store(id: $id) { name bills { totalCount nodes { total } } } }"
    assert ask(owner, document, id=owner.store_id).data["store"]["bills"]["totalCount"] == 1
    said = rest(ask, owner, "unarchiveStore").data["unarchiveStore"]
    assert said == {"store": {"archivedAt": None}, "userErrors": []}
    assert ask(owner, STORES).data["me"]["stores"] == [{"id": owner.store_id}]


def test_archiving_twice_changes_nothing_more(owner: Person, ask: Any) -> None:
    first = rest(ask, owner, "archiveStore").data["archiveStore"]["store"]
    before = everything()
    assert rest(ask, owner, "archiveStore").data["archiveStore"]["store"] == first
    assert everything() == before
    rest(ask, owner, "unarchiveStore")
    before = everything()
    rest(ask, owner, "unarchiveStore")
    assert everything() == before
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "store.archive",
        "store.unarchive",
    ]


AWAKE = {name for name, said in documents.mutations().items() if said["needs"] and said["archived"]}


def test_few_commands_act_on_an_archived_store() -> None:
    assert {"archiveStore", "unarchiveStore"} == AWAKE


def test_no_other_command_changes_anything_in_an_archived_store(owner: Person, ask: Any) -> None:
    rows = furnish(owner, "Sesame")
    stores.archive(store=owner.store, by=owner.user)
    before = everything()
    for name in sorted(COMMANDS.keys() - AWAKE):
        assert refused(carry_out(owner, name, fill(COMMANDS[name], rows)), name) == "CONFLICT", name
    assert everything() == before


def test_a_service_that_was_late_finds_the_store_archived(owner: Person) -> None:
    stores.archive(store=owner.store, by=owner.user)
    with pytest.raises(Refused, match="archived"):
        stores.update(store=owner.store, by=owner.user, changes={"name": "New"}, has_books=lambda _: False)
    with pytest.raises(Refused, match="archived"):
        stores.set_logo(store=owner.store, by=owner.user, name="x")


# --- Who may


@pytest.mark.parametrize("command", ["archiveStore", "unarchiveStore", "removeStoreLogo"])
def test_only_an_owner_manages_a_store(owner: Person, stranger: Person, ask: Any, command: str) -> None:
    document = REST % command
    roles = [Role.MANAGER, Role.STAFF, Role.ACCOUNTANT]
    people = [person(f"{role}@example.com".lower(), store=owner.store, role=role) for role in roles]
    before = everything()
    for member in people:
        assert ask(member, document, store=owner.store_id).codes == ["FORBIDDEN"]
        assert ask(member, UPDATE, input={"store": owner.store_id, "name": "Mine"}).codes == ["FORBIDDEN"]
        assert ask(member, LOGO, store=owner.store_id, file=picture()).codes == ["FORBIDDEN"]
    said = ask(stranger, document, store=owner.store_id).data[command]
    assert [error["code"] for error in said["userErrors"]] == ["NOT_FOUND"]
    assert ask(None, document, store=owner.store_id).codes == ["UNAUTHENTICATED"]
    assert ask(None, CREATE, input={"name": "x"}).codes == ["UNAUTHENTICATED"]
    assert everything() == before


def test_a_store_is_opened_for_oneself_alone(owner: Person, colleague: Person, ask: Any) -> None:
    made = create(ask, colleague, name="Mine")["store"]
    assert made["role"] == "OWNER"
    assert len(ask(owner, STORES).data["me"]["stores"]) == 1


@pytest.mark.parametrize("most", [-1, 1_000_001])
def test_a_number_of_readings_that_is_none_is_refused(most: int, owner: Person, ask: Any) -> None:
    before = everything()
    refused = errors(update(ask, owner, settings={"modelReadingsPerDay": most}))
    assert refused == [("INVALID", ["settings", "modelReadingsPerDay"])]
    assert everything() == before
