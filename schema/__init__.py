"""The GraphQL layer: the only room that knows Strawberry."""

import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured


class NoMaps:
    """Say that GeoDjango is not set up, as Django itself does where there is no GDAL.

    strawberry_django asks for it twice, and each time Django has the linker and the compiler look for the
    library under a dozen names: half a second of every start. Who adds maps to the house takes this away.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name == "django.contrib.gis":
            raise ImproperlyConfigured("There are no maps in this house.")


sys.meta_path.insert(0, NoMaps)
