"""How stores look and speak, and what happens when two change one at once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core import pictures, stores
from core.errors import Refused
from core.models import Membership, Store
from core.themes import COLOUR, COLOURS, PALETTES, PLAIN, USUAL_CARDS, Card, palette_of
from core.vocabulary import MAX_LENGTH, TERMS, VOCABULARIES, Vocabulary, vocabulary_of
from tests.conftest import Person
from tests.races import race

TYPES = [type.value for type in Store.Type]


def luminance(colour: str) -> float:
    """Give the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# --- The tables


@pytest.mark.parametrize("type", TYPES)
def test_texts_are_readable_in_the_colours_of_every_type(type: str) -> None:
    palette = palette_of(type, {})
    assert all(COLOUR.match(colour) for colour in asdict(palette).values())
    assert contrast(palette.text, palette.background) >= 4.5
    assert contrast(palette.text, palette.surface) >= 4.5
    assert contrast("#FFFFFF", palette.primary) >= 4.5  # the words on a button


def test_the_tables_name_types_of_stores_alone() -> None:
    assert PALETTES.keys() <= set(TYPES)
    assert VOCABULARIES.keys() <= set(TYPES)
    assert palette_of("OTHER", {}) == PLAIN
    assert vocabulary_of("OTHER", {}) == Vocabulary()


@pytest.mark.parametrize("type", TYPES)
def test_every_type_has_a_short_word_for_everything(type: str) -> None:
    words = asdict(vocabulary_of(type, {}))
    assert set(words) == set(TERMS)
    assert all(word == word.strip().lower() and 0 < len(word) <= MAX_LENGTH for word in words.values())


def test_the_usual_dashboard_shows_each_card_once() -> None:
    assert len(set(USUAL_CARDS)) == len(USUAL_CARDS) <= len(Card)


@given(type=st.sampled_from(TYPES), own=st.dictionaries(st.sampled_from(TERMS), st.text(min_size=1)))
def test_own_words_replace_those_of_the_type_and_no_others(type: str, own: dict[str, str]) -> None:
    assert asdict(vocabulary_of(type, own)) == {**asdict(vocabulary_of(type, {})), **own}


@given(own=st.dictionaries(st.sampled_from(COLOURS), st.from_regex(COLOUR)))
def test_own_colours_replace_those_of_the_type_and_no_others(own: dict[str, str]) -> None:
    assert asdict(palette_of("MUSIC", own)) == {**asdict(palette_of("MUSIC", {})), **own}


# --- Pictures


def test_the_pictures_that_no_store_and_no_profile_names_are_swept_when_they_are_old(owner: Person) -> None:
    kept, orphan = pictures.keep(b"kept"), pictures.keep(b"orphan")
    stores.set_logo(store=owner.store, by=owner.user, name=kept)
    assert pictures.sweep(now=timezone.now()) == 0
    assert pictures.sweep(now=timezone.now() + timedelta(hours=2)) == 1
    assert pictures.read(kept) == b"kept"
    with pytest.raises(FileNotFoundError):
        pictures.read(orphan)


def test_nothing_is_swept_where_nothing_was_ever_stored(db: None) -> None:
    assert not Path(settings.MEDIA_ROOT).exists()
    assert pictures.sweep(now=timezone.now()) == 0


# --- Races


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_lose_nothing_of_each_other(owner: Person) -> None:
    colours = {name: f"#{number:06X}" for number, name in enumerate(COLOURS)}
    race(
        *[
            lambda name=name, colour=colour: stores.update(
                store=owner.store, by=owner.user, changes={"theme": {name: colour}}, has_books=lambda _: False
            )
            for name, colour in colours.items()
        ]
    )
    assert Store.objects.get(pk=owner.store.pk).theme == colours


@pytest.mark.django_db(transaction=True)
def test_stores_that_are_opened_at_once_are_no_more_than_allowed(owner: Person) -> None:
    made = Store.objects.bulk_create(Store(name=str(number)) for number in range(stores.MAX_STORES - 2))
    Membership.objects.bulk_create(Membership(user=owner.user, store=store, role="STAFF") for store in made)
    said = race(*[lambda: stores.open_store(owner=owner.user, new=stores.NewStore(name="x"))] * 4)
    assert [isinstance(one, Refused) for one in said].count(True) == 3
    assert Membership.objects.filter(user=owner.user).count() == stores.MAX_STORES
    assert Store.objects.filter(name="x").count() == 1
