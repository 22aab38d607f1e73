import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
assert get_resolver().url_patterns  # loaded before the first request
