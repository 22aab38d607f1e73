from django.contrib import admin
from django.urls import path

from schema import downloads, examples, files, health, http, metrics, pictures

urlpatterns = [
    path("graphql/", http.graphql, name="graphql"),
    path("files/examples/readings.xlsx", examples.readings, name="example-readings"),
    path("files/<str:ticket>", files.download, name="file"),
    path("files/reports/<str:ticket>.csv", downloads.as_csv, name="report-csv"),
    path("files/reports/<str:ticket>.xlsx", downloads.as_xlsx, name="report-xlsx"),
    path("pictures/<str:name>", pictures.picture, name="picture"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.view),
    path("admin/", admin.site.urls),
]
