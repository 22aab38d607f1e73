from django.contrib import admin
from django.urls import path

from schema import http

urlpatterns = [
    path("graphql/", http.graphql, name="graphql"),
    path("admin/", admin.site.urls),
]
