"""What the bench writes past the models must keep up with them."""

import re
from pathlib import Path

import pytest
from django.apps import apps

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
TABLES = {
    model._meta.db_table: model
    for model in map(apps.get_model, ("core.User", "core.Store", "core.Membership", "receipts.Merchant"))
} | {model._meta.db_table: model for model in map(apps.get_model, ("receipts.Bill", "receipts.Item"))}
LISTED = re.compile(rf"({'|'.join(TABLES)})\(([^()]*)\)")


@pytest.mark.parametrize("path", ["books.py", "peers/limit.py", "peers.sql"])
def test_every_column_that_needs_a_value_is_written(path):
    lists = LISTED.findall(re.sub(r'"\s*"', "", (FOLDER / path).read_text()))
    assert {table for table, _ in lists} >= {"receipts_bill", "receipts_item"}
    for table, columns in lists:
        needed = {
            field.column
            for field in TABLES[table]._meta.concrete_fields
            if not field.null and field.column != "id"
        }
        assert needed <= set(re.findall(r"\w+", columns)), f"{path}: {table}"
