"""Customers, below the API: what they are called, and what the database itself keeps."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from sales.models import Customer
from tests import shop
from tests.conftest import Person


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"first_name": "Luís", "last_name": "Gonçalves", "company": "Embraer"}, "Luís Gonçalves"),
        ({"last_name": "Gonçalves"}, "Gonçalves"),
        ({"company": "Embraer", "email": "a@example.com"}, "Embraer"),
        ({"email": "a@example.com", "phone": "1"}, "a@example.com"),
        ({"phone": "1"}, "1"),
    ],
)
def test_a_customer_is_called_by_what_is_known(fields: dict[str, str], name: str) -> None:
    assert Customer(**fields).name == name


def test_the_database_itself_keeps_no_customer_without_a_name(owner: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.create(store=owner.store, city="Rio")


def test_an_imported_customer_is_there_once_in_a_store(owner: Person, stranger: Person) -> None:
    for store in (owner.store, stranger.store):
        shop.customer(store, natural_key="1")
    for _ in range(2):
        shop.customer(owner.store)  # entered by hand: no key
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.customer(owner.store, natural_key="1")
    assert Customer.objects.count() == 4
