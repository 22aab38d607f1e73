"""Print the schema as the file `schema.graphql` holds it: `python -m schema.export`."""

import sys

import schema.asgi  # noqa: F401 (sets Django up)
from schema.root import schema as shown

if __name__ == "__main__":
    sys.stdout.write(f"{shown.as_str()}\n")
