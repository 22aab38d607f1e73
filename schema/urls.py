from django.contrib import admin
from django.urls import path

from schema import files, health, http, metrics, pictures

urlpatterns = [
    path("graphql/", http.graphql, name="graphql"),
    path("files/<str:ticket>", files.download, name="file"),
    path("pictures/<str:name>", pictures.picture, name="picture"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.view),
    path("admin/", admin.site.urls),
]
