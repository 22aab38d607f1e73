"""Django REST Framework: nested serializers over prefetched rows, one address for each operation."""

from books import models
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView


class User(serializers.ModelSerializer):
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")

    class Meta:
        model = models.User
        fields = ("id", "email", "firstName", "lastName")


class Category(serializers.ModelSerializer):
    class Meta:
        model = models.Category
        fields = ("name",)


class Item(serializers.ModelSerializer):
    category = Category()

    class Meta:
        model = models.Item
        fields = ("id", "description", "quantity", "total", "category")


class ShortItem(Item):
    class Meta(Item.Meta):
        fields = ("id", "description", "total", "category")


class PlainBill(serializers.ModelSerializer):
    merchantName = serializers.CharField(source="merchant_name")
    category = Category()

    class Meta:
        model = models.Bill
        fields = ("id", "date", "total", "merchantName", "category")


class Bill(PlainBill):
    items = Item(many=True)

    class Meta(PlainBill.Meta):
        fields = (*PlainBill.Meta.fields, "items")


class ShortBill(serializers.ModelSerializer):
    items = ShortItem(many=True)

    class Meta:
        model = models.Bill
        fields = ("id", "total", "items")


class Store(serializers.ModelSerializer):
    bills = ShortBill(source="first_bills", many=True)

    class Meta:
        model = models.Store
        fields = ("id", "name", "bills")


class NewItem(serializers.Serializer):
    description = serializers.CharField()
    quantity = serializers.DecimalField(12, 3)
    total = serializers.DecimalField(14, 2)
    category = serializers.IntegerField()


class NewBill(serializers.Serializer):
    store = serializers.IntegerField()
    user = serializers.IntegerField()
    merchant = serializers.CharField()
    date = serializers.DateField()
    total = serializers.DecimalField(14, 2)
    category = serializers.IntegerField()
    items = NewItem(many=True)


class Page(APIView):
    def get(self, request):
        return Response({"bills": Bill(models.page(request.query_params["store"]), many=True).data})


class Small(APIView):
    def get(self, request):
        bill = models.Bill.objects.select_related("category").get(pk=request.query_params["bill"])
        me = models.User.objects.get(pk=request.query_params["user"])
        return Response({"me": User(me).data, "bill": PlainBill(bill).data})


class Stores(APIView):
    def get(self, request):
        return Response({"stores": Store(models.stores(request.query_params["user"]), many=True).data})


class Enter(APIView):
    def post(self, request):
        asked = NewBill(data=request.data)
        asked.is_valid(raise_exception=True)
        bill = models.enter(**asked.validated_data)
        items = [{"id": item.pk} for item in bill.items.all()]
        return Response({"bill": {"id": bill.pk, "total": str(bill.total), "items": items}}, 201)


urlpatterns = [
    path("Q1", Page.as_view()),
    path("Q2", Small.as_view()),
    path("Q4", Stores.as_view()),
    path("Q5", Enter.as_view()),
]
