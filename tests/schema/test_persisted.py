"""Persisted queries by hash, kept introspection, and compression: what is sent need not be sent whole."""

import gzip
import hashlib
import json

import pytest
from django.test import Client

from schema import introspection, remembered

pytestmark = pytest.mark.django_db

DOCUMENT = "query Persisted { me { email } }"
SCHEMA = "query Whole { __schema { types { name description fields { name description } } } }"


@pytest.fixture(autouse=True)
def nothing_kept():
    for kept in (remembered.valid, remembered.texts, introspection.kept):
        kept.clear()


def post(body, who=None, **headers):
    sent = {**({"Authorization": f"Bearer {who.token}"} if who else {}), **headers}
    return Client(headers=sent).post("/graphql/", json.dumps(body), content_type="application/json")


def named(document, **body):
    digest = hashlib.sha256(document.encode()).hexdigest()
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **body}


def test_a_document_that_was_sent_with_its_hash_is_then_asked_by_it_alone(owner, stranger):
    unknown = post(named(DOCUMENT), owner)
    assert unknown.status_code == 200
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert post(named(DOCUMENT, query=DOCUMENT), owner).json()["data"]["me"]["email"] == owner.user.email
    assert post(named(DOCUMENT), owner).json()["data"]["me"]["email"] == owner.user.email
    assert post(named(DOCUMENT), stranger).json()["data"]["me"]["email"] == stranger.user.email
    assert post(named(DOCUMENT)).json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "body",
    [
        named(DOCUMENT, query="{ me { id } }"),
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 7}}},
        {"extensions": {"persistedQuery": "x"}},
        named(DOCUMENT, query=7),
    ],
    ids=["other document", "version", "number", "text", "no document"],
)
def test_a_hash_that_does_not_fit_is_refused_and_nothing_is_kept(owner, body):
    assert post(body, owner).status_code == 400
    assert not remembered.texts


def test_what_is_not_valid_or_asked_by_nobody_is_not_kept_under_its_hash(owner):
    post(named("{ nope }", query="{ nope }"), owner)
    post(named(DOCUMENT, query=DOCUMENT))
    assert not remembered.texts


def test_a_document_that_is_forgotten_is_forgotten_under_its_hash_too(owner, monkeypatch):
    post({"query": DOCUMENT}, owner)
    monkeypatch.setattr(remembered, "MAX_CHARACTERS", len(DOCUMENT))
    other = "query Other { me { id } }"
    post({"query": other}, owner)
    assert list(remembered.texts.values()) == [other]


def test_introspection_is_worked_out_once_and_the_same_for_everybody(owner):
    first = post({"query": SCHEMA})
    assert len(introspection.kept) == 1
    again = post({"query": SCHEMA}, owner)
    packed = post({"query": SCHEMA}, **{"Accept-Encoding": "gzip"})
    assert first.content == again.content == gzip.decompress(packed.content)
    assert packed["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in again
    assert "Accept-Encoding" in again["Vary"]
    assert "Accept-Encoding" in packed["Vary"]


@pytest.mark.parametrize(
    "document",
    [
        "{ __schema { queryType { name } } me { email } }",
        "{ __schema { nope } }",
        "{ ...on Query { __schema { __typename } } }",
    ],
)
def test_only_what_is_asked_of_the_schema_alone_is_kept(owner, document):
    post({"query": document}, owner)
    assert not introspection.kept


def test_the_answers_of_other_variables_are_other_answers():
    document = (
        "query Fields($old: Boolean!) { __schema { queryType { fields(includeDeprecated: $old) { name } } } }"
    )
    for old in (True, False):
        post({"query": document, "variables": {"old": old}})
    assert len(introspection.kept) == 2


def test_short_answers_and_those_of_mutations_are_never_compressed(owner):
    accept = {"Accept-Encoding": "gzip, br"}
    assert "Content-Encoding" not in post({"query": DOCUMENT}, owner, **accept)
    padded = 'mutation { verifyToken(input: {token: "x"}) { valid } } ' + " ".join(
        f"#{n}\n" for n in range(9)
    )
    assert "Content-Encoding" not in post({"query": padded}, owner, **accept)
