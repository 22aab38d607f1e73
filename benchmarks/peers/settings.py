"""One Django project for the Python peers; PEER names the module that answers."""

import os
from urllib.parse import urlsplit

PEER = os.environ["PEER"]
SECRET_KEY = "not a secret: nothing is signed here"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = PEER
MIDDLEWARE: list[str] = []
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "books"]
INSTALLED_APPS += {
    "peer_drf": ["rest_framework"],
    "peer_graphene": ["graphene_django"],
    "peer_strawberry": ["strawberry_django"],
}[PEER]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
_url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _url.hostname,
        "PORT": _url.port or 5432,
        "USER": _url.username,
        "PASSWORD": _url.password or "",
        "NAME": _url.path.lstrip("/"),
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
