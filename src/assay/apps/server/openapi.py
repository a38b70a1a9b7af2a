"""``python -m assay.apps.server.openapi``: print the OpenAPI document."""

import json
import sys

from assay.apps.server.app import create_app
from assay.apps.settings import Settings


def document() -> str:
    """Return the OpenAPI document as stable, indented JSON."""
    schema = create_app(Settings()).openapi()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
