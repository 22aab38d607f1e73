"""Strawberry with its Django integration and the query optimizer; TUNED=1 adds what makes it faster."""

import datetime
import decimal
import os

import strawberry
import strawberry_django
from books import models
from django.db.models import F
from django.urls import path
from strawberry import ID, auto
from strawberry.django.views import GraphQLView
from strawberry.extensions import ParserCache, ValidationCache
from strawberry_django.optimizer import DjangoOptimizerExtension

TUNED = os.environ.get("TUNED") == "1"
extensions = [DjangoOptimizerExtension]
if TUNED:
    import orjson
    from fastberry import FastPathExtension, fast_path

    extensions += [FastPathExtension, ParserCache(maxsize=500), ValidationCache(maxsize=500)]
else:

    def fast_path(cls):
        return cls


@fast_path
@strawberry_django.type(models.User)
class User:
    id: auto
    email: auto
    first_name: auto
    last_name: auto


@fast_path
@strawberry_django.type(models.Category)
class Category:
    id: auto
    name: auto


@fast_path
@strawberry_django.type(models.Item)
class Item:
    id: auto
    description: auto
    quantity: auto
    total: auto
    category: Category


@fast_path
@strawberry_django.type(models.Bill, pagination=True)
class Bill:
    id: auto
    date: auto
    total: auto
    merchant_name: auto
    category: Category
    items: list[Item] = strawberry_django.field(pagination=False)


@fast_path
@strawberry_django.type(models.Store)
class Store:
    id: auto
    name: auto
    bills: list[Bill] = strawberry_django.field(pagination=True)


@strawberry.input
class NewItem:
    description: str
    quantity: decimal.Decimal
    total: decimal.Decimal
    category: ID


@strawberry.type
class Query:
    @strawberry_django.field
    def me(self, user: ID) -> User:
        return models.User.objects.filter(pk=user)

    @strawberry_django.field
    def bill(self, id: ID) -> Bill | None:
        return models.Bill.objects.filter(pk=id)

    @strawberry_django.field(pagination=False)
    def bills(self, store: ID, first: int) -> list[Bill]:
        return models.Bill.objects.filter(store_id=store)[:first]

    @strawberry_django.field(pagination=False)
    def stores(self, user: ID) -> list[Store]:
        return models.Store.objects.filter(members=user, archived_at=None).order_by(F("name"), F("id"))[:100]


@strawberry.type
class Mutation:
    @strawberry_django.mutation
    def create_bill(
        self,
        store: ID,
        user: ID,
        merchant: str,
        date: datetime.date,
        total: decimal.Decimal,
        category: ID,
        items: list[NewItem],
    ) -> Bill:
        return models.enter(
            store=store, user=user, merchant=merchant, date=date, total=total, category=category,
            items=[strawberry.asdict(item) for item in items],
        )  # fmt: skip


class View(GraphQLView):
    if TUNED:

        def encode_json(self, data):
            return orjson.dumps(data)

        def decode_json(self, data):
            return orjson.loads(data)


schema = strawberry.Schema(query=Query, mutation=Mutation, extensions=extensions)
urlpatterns = [path("graphql", View.as_view(schema=schema, graphql_ide=None))]
