"""Stores: opened, changed, laid to rest; and how a front end looks and speaks for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.file_uploads import Upload as UploadedFile

from core import models, pictures, stores
from core.roles import Permission
from core.themes import USUAL_CARDS, palette_of
from core.vocabulary import vocabulary_of
from receipts.models import Bill
from sales.models import Order
from schema.accounts.profile import sent
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, given, written
from schema.enums import (
    DashboardCard,
    DigestFrequency,
    StoreNotices,
    StoreType,
    SuggestionWriter,
    Weekday,
)
from schema.pictures import url_of
from schema.receipts.inputs import ReaderName, entry

if TYPE_CHECKING:
    from schema.accounts.types import Store


def colour(description: str) -> Any:
    return strawberry.field(description=f"{description} #RRGGBB.")


def word(description: str) -> Any:
    return strawberry.field(description=f"{description} In lower case unless the store wrote it otherwise.")


@strawberry.type(description="The colours and the logo of a store: its own, else those of its type.")
class StoreTheme:
    primary: str = colour("What is most important.")
    secondary: str = colour("What stands beside it.")
    accent: str = colour("What should catch the eye.")
    background: str = colour("Behind everything.")
    surface: str = colour("Behind cards.")
    text: str = colour("Texts, readable on `background` and `surface` unless the store chose otherwise.")
    own: list[str] = strawberry.field(description="Names of the colours that the store has chosen itself.")
    logo_url: str | None = strawberry.field(
        description="Address of the logo, a WebP of 512 pixels at most, public to who knows it; null if none."
    )


@strawberry.type(
    description="What the store calls the things that it deals in: its own words, else its type's."
)
class StoreVocabulary:
    product: str = word("What is sold, one.")
    products: str = word("What is sold, many.")
    collection: str = word("What products come in, one.")
    collections: str = word("What products come in, many.")
    brand: str = word("Who makes products, one.")
    brands: str = word("Who makes products, many.")
    category: str = word("What sorts products, one.")
    categories: str = word("What sorts products, many.")
    customer: str = word("Who buys, one.")
    customers: str = word("Who buys, many.")
    order: str = word("What a customer asks for at a time, one.")
    orders: str = word("What a customer asks for at a time, many.")
    own: list[str] = strawberry.field(description="Which of the words the store has chosen itself.")


@strawberry.type(description="How a store wants things done.")
class StoreSettings:
    week_start: Weekday = strawberry.field(description="The first day of its weeks.")
    receipt_reader: ReaderName | None = strawberry.field(
        description="Who reads its receipts; null for the server's usual one."
    )
    suggestion_writer: SuggestionWriter | None = strawberry.field(
        description="Who words its suggestions, from their figures alone; null for the rules' own words."
    )
    model_readings_per_day: int | None = strawberry.field(
        description="How many of its receipts a model (GEMINI, OPENAI) may read on one day, the others being "
        "read by LOCAL; a suggestion that one words counts as a receipt. Null for as many as the server "
        "allows."
    )
    digest: DigestFrequency = strawberry.field(description="How often it wants a summary by mail.")
    notices: StoreNotices = strawberry.field(description="How it wants to hear of alerts and suggestions.")


def theme_of(root: Any) -> StoreTheme:
    palette = palette_of(root.type, root.theme)
    return StoreTheme(**asdict(palette), own=sorted(root.theme), logo_url=url_of(root.logo))


def vocabulary_shown(root: Any) -> StoreVocabulary:
    words = vocabulary_of(root.type, root.vocabulary)
    return StoreVocabulary(**asdict(words), own=sorted(root.vocabulary))


def settings_of(root: Any) -> StoreSettings:
    return StoreSettings(
        week_start=Weekday(root.week_start),
        receipt_reader=ReaderName(root.receipt_reader) if root.receipt_reader else None,
        suggestion_writer=SuggestionWriter(root.suggestion_writer) if root.suggestion_writer else None,
        model_readings_per_day=root.model_readings_per_day,
        digest=DigestFrequency(root.digest),
        notices=StoreNotices(root.notices),
    )


def dashboard_of(root: Any) -> list[DashboardCard]:
    cards = USUAL_CARDS if root.dashboard is None else root.dashboard
    return [DashboardCard(card) for card in cards]


@strawberry.input(description="A store to open.")
class NewStoreInput:
    name: str = strawberry.field(default="", description="Name; without one the store is a personal one.")
    type: StoreType = strawberry.field(
        default=models.Store.Type.OTHER, description="What kind of store it is."
    )
    address: str = strawberry.field(default="", description="Postal address.")
    phone: str = strawberry.field(default="", description="Telephone number.")
    timezone: str = strawberry.field(default="UTC", description="IANA name, such as Europe/Berlin.")
    currency: str = strawberry.field(default="USD", description="ISO 4217 code, such as EUR.")


@strawberry.input(description="A store to open, of which you will be the owner.")
class CreateStoreInput(NewStoreInput):
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Colours of a store's own; null for the type's, left out for no change.")
class StoreThemeInput:
    primary: str | None = entry("What is most important. #RRGGBB.")
    secondary: str | None = entry("What stands beside it. #RRGGBB.")
    accent: str | None = entry("What should catch the eye. #RRGGBB.")
    background: str | None = entry("Behind everything. #RRGGBB.")
    surface: str | None = entry("Behind cards. #RRGGBB.")
    text: str | None = entry("Texts. #RRGGBB.")


@strawberry.input(
    description="Words of a store's own, at most 40 characters; null for the type's, left out for no change."
)
class StoreVocabularyInput:
    product: str | None = entry("What is sold, one.")
    products: str | None = entry("What is sold, many.")
    collection: str | None = entry("What products come in, one.")
    collections: str | None = entry("What products come in, many.")
    brand: str | None = entry("Who makes products, one.")
    brands: str | None = entry("Who makes products, many.")
    category: str | None = entry("What sorts products, one.")
    categories: str | None = entry("What sorts products, many.")
    customer: str | None = entry("Who buys, one.")
    customers: str | None = entry("Who buys, many.")
    order: str | None = entry("What a customer asks for at a time, one.")
    orders: str | None = entry("What a customer asks for at a time, many.")


@strawberry.input(description="How a store wants things done; what is left out stays as it is.")
class StoreSettingsInput:
    week_start: Weekday | None = entry("The first day of its weeks.")
    receipt_reader: ReaderName | None = entry("Who reads its receipts; null for the server's usual one.")
    suggestion_writer: SuggestionWriter | None = entry(
        "Who words its suggestions, from their figures alone; null for the rules' own words."
    )
    model_readings_per_day: int | None = entry(
        "How many of its receipts a model (GEMINI, OPENAI) may read on one day, 0 for none; null for as many "
        "as the server allows, which is the most in any case."
    )
    digest: DigestFrequency | None = entry("How often it wants a summary by mail.")
    notices: StoreNotices | None = entry("How it wants to hear of alerts and suggestions.")


@strawberry.input(description="What changes of a store; what is left out stays as it is.")
class UpdateStoreInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str | None = entry("Name; at most 200 characters.")
    type: StoreType | None = entry("What kind of store it is.")
    address: str | None = entry("Postal address; at most 500 characters.")
    phone: str | None = entry("Telephone number; at most 50 characters.")
    timezone: str | None = entry("IANA name, such as Europe/Berlin; days are counted in it from now on.")
    currency: str | None = entry("ISO 4217 code, such as EUR; it can be changed while there are no bills.")
    settings: StoreSettingsInput | None = entry("How it wants things done.")
    theme: StoreThemeInput | None = entry("Its own colours; null for none.")
    vocabulary: StoreVocabularyInput | None = entry("Its own words; null for none.")
    dashboard: list[DashboardCard] | None = entry(
        "The cards to show, in this order; null for the usual ones."
    )


@strawberry.input(description="A store.")
class StoreInput:
    store: strawberry.ID = strawberry.field(description="The store.")


@strawberry.input(description="A store's logo.")
class UploadStoreLogoInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    file: UploadedFile = strawberry.field(
        description="JPEG, PNG or WebP; at most 2 MB and 25 megapixels. It is made to fit 512 × 512 pixels "
        "and may be see-through. Sent as multipart."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="A store, as it is now.")
class StorePayload(Payload):
    store: Annotated[Store, strawberry.lazy("schema.accounts.types")] | None = written(
        "The store.", to="Store", key="store"
    )


@command(StorePayload, description="Open another store, of which you are the owner; 100 at most.")
def create_store(caller: Caller, input: CreateStoreInput) -> Answer:
    new = stores.NewStore(**given(input))
    return caller.once(lambda: {"store": stores.open_store(owner=caller.user, new=new).pk})


@command(StorePayload, description="Change what is said of a store.", needs=Permission.STORE_MANAGE)
def update_store(caller: Caller, input: UpdateStoreInput) -> Answer:
    store = caller.store(input.store)
    changes = {name: sent for name, sent in given(input).items() if name not in ("store", "settings")}
    for part in ("theme", "vocabulary"):
        if changes.get(part) is not None:
            changes[part] = given(changes[part])
    changes |= _settings(input.settings) if input.settings else {}
    updated = stores.update(store=store, by=caller.user, changes=changes, has_books=_has_books)
    return {"store": updated.pk}


def _settings(input: StoreSettingsInput) -> dict[str, Any]:
    """Take what was sent, as the store's columns hold it."""
    values = given(input)
    return {name: getattr(value, "value", value) for name, value in values.items()}


def _has_books(store: models.Store) -> bool:
    return bool(Bill.objects.of(store).exists() or Order.objects.of(store).exists())


@command(
    StorePayload,
    description="Make a store one that is only read: nothing in it can be changed until `unarchiveStore`.",
    needs=Permission.STORE_MANAGE,
    archived=True,
)
def archive_store(caller: Caller, input: StoreInput) -> Answer:
    return {"store": stores.archive(store=caller.store(input.store), by=caller.user).pk}


@command(
    StorePayload,
    description="Let an archived store be changed again.",
    needs=Permission.STORE_MANAGE,
    archived=True,
)
def unarchive_store(caller: Caller, input: StoreInput) -> Answer:
    return {"store": stores.unarchive(store=caller.store(input.store), by=caller.user).pk}


@command(
    StorePayload,
    description="Show a picture as the store's logo; the one before is removed.",
    needs=Permission.STORE_MANAGE,
)
def upload_store_logo(caller: Caller, input: UploadStoreLogoInput) -> Answer:
    store = caller.store(input.store)
    content = pictures.shrink(file=sent(input.file), square=False)

    def run() -> Answer:
        name = pictures.keep(content)
        return {"store": stores.set_logo(store=store, by=caller.user, name=name).pk}

    return caller.once(run)


@command(StorePayload, description="Remove the store's logo.", needs=Permission.STORE_MANAGE)
def remove_store_logo(caller: Caller, input: StoreInput) -> Answer:
    return {"store": stores.set_logo(store=caller.store(input.store), by=caller.user, name="").pk}


@strawberry.type
class StoreMutations:
    create_store = create_store
    update_store = update_store
    archive_store = archive_store
    unarchive_store = unarchive_store
    upload_store_logo = upload_store_logo
    remove_store_logo = remove_store_logo
