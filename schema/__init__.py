"""The GraphQL layer: the only room that knows Strawberry."""

import sys
from types import ModuleType

from django.core.exceptions import ImproperlyConfigured


class _NoMaps(ModuleType):
    """Stands for GDAL: strawberry-django looks for it, which takes half a second at each start."""

    def __getattr__(self, name: str) -> object:
        raise ImproperlyConfigured("Tillsight draws no maps.")


sys.modules.setdefault("django.contrib.gis.gdal.libgdal", _NoMaps("libgdal"))
