"""Writes the OpenAPI document of the server to stdout: what the page's client is generated from."""

import json
import sys
import tempfile
from pathlib import Path

from assay.apps.server.app import create_app
from assay.apps.settings import Settings


def main() -> None:
    """Build the application over an empty data folder and print its document."""
    with tempfile.TemporaryDirectory(prefix="assay-openapi-") as folder:
        document = create_app(Settings(data_dir=Path(folder))).openapi()
    # Sorted, so that a change of the document is a change of the interface.
    json.dump(document, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
