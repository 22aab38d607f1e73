"""`manage.py import_table`: a shop's own products and customers from the command line."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product
from core.models import AuditEntry
from sales.models import Customer
from tests.conftest import Person
from tests.schema.world import everything

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> tuple[str, str]:
    said, complained = StringIO(), StringIO()
    call_command("import_table", *map(str, arguments), stdout=said, stderr=complained)
    return said.getvalue(), complained.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_text(
        "Name;Price;Email;Colour\nPen;1,50;pen@example.com;red\nInk;much;no;\n"
    )
    return tmp_path / "table.csv"


def test_products_come_in_once_and_bad_rows_are_named(owner: Person, file: Path) -> None:
    said, complained = run("products", file, "--store", owner.store_id)
    assert "1 created, 0 updated, 0 unchanged, 1 skipped" in said
    assert "mean nothing here: Email, Colour." in said
    assert complained == "Row 3, unitPrice: 'much' is no number.\n"
    assert "0 created, 0 updated, 1 unchanged" in run("products", file, "--store", owner.store_id)[0]
    assert Product.objects.get().store == owner.store
    assert AuditEntry.objects.get(action="product.import").actor is None


def test_customers_come_in_too_and_a_dry_run_writes_nothing(owner: Person, file: Path) -> None:
    before = everything()
    assert "nothing was written" in run("customers", file, "--store", owner.store_id, "--dry-run")[0]
    assert everything() == before
    run("customers", file, "--store", owner.store.pk)
    assert Customer.objects.get().email == "pen@example.com"


def test_what_will_not_do_is_said_and_nothing_changes(owner: Person, file: Path, tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text("a,b\n1,2\n")
    before = everything()
    for arguments, message in [
        (("products", tmp_path / "missing.csv", "--store", owner.store_id), "cannot be read: No such file"),
        (("products", tmp_path / "no.csv", "--store", owner.store_id), "must name the columns"),
        (("products", file, "--store", "999999"), "There is no store"),
    ]:
        with pytest.raises(CommandError, match=message):
            run(*arguments)
    assert everything() == before
