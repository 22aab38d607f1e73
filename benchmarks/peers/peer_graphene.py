"""graphene-django, as its documentation has it: types over models, prefetching in the root resolvers."""

import graphene
from books import models
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django import DjangoObjectType
from graphene_django.views import GraphQLView


class User(DjangoObjectType):
    class Meta:
        model = models.User
        fields = ("id", "email", "first_name", "last_name")


class Category(DjangoObjectType):
    class Meta:
        model = models.Category
        fields = ("id", "name")


class Item(DjangoObjectType):
    class Meta:
        model = models.Item
        fields = ("id", "description", "quantity", "total", "category")


class Bill(DjangoObjectType):
    items = graphene.List(graphene.NonNull(Item), required=True)

    class Meta:
        model = models.Bill
        fields = ("id", "date", "total", "merchant_name", "category")

    def resolve_items(self, info):
        return self.items.all()


class Store(DjangoObjectType):
    bills = graphene.List(graphene.NonNull(Bill), first=graphene.Int(default_value=5), required=True)

    class Meta:
        model = models.Store
        fields = ("id", "name")

    def resolve_bills(self, info, first):
        return self.first_bills[:first]


class NewItem(graphene.InputObjectType):
    description = graphene.String(required=True)
    quantity = graphene.Decimal(required=True)
    total = graphene.Decimal(required=True)
    category = graphene.ID(required=True)


class Query(graphene.ObjectType):
    me = graphene.Field(User, user=graphene.ID(required=True))
    bill = graphene.Field(Bill, id=graphene.ID(required=True))
    bills = graphene.List(graphene.NonNull(Bill), store=graphene.ID(required=True), first=graphene.Int())
    stores = graphene.List(graphene.NonNull(Store), user=graphene.ID(required=True))

    def resolve_me(self, info, user):
        return models.User.objects.get(pk=user)

    def resolve_bill(self, info, id):
        return models.Bill.objects.select_related("category").get(pk=id)

    def resolve_bills(self, info, store, first):
        return models.page(store)[:first]

    def resolve_stores(self, info, user):
        return models.stores(user)


class CreateBill(graphene.Mutation):
    class Arguments:
        store = graphene.ID(required=True)
        user = graphene.ID(required=True)
        merchant = graphene.String(required=True)
        date = graphene.Date(required=True)
        total = graphene.Decimal(required=True)
        category = graphene.ID(required=True)
        items = graphene.List(graphene.NonNull(NewItem), required=True)

    Output = Bill

    def mutate(self, info, store, user, merchant, date, total, category, items):
        return models.enter(
            store=store, user=user, merchant=merchant, date=date, total=total, category=category, items=items
        )


class Mutation(graphene.ObjectType):
    create_bill = CreateBill.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
urlpatterns = [path("graphql", csrf_exempt(GraphQLView.as_view(schema=schema)))]
