"""A server of ours, as ``assay up`` starts it, with its data in ``argv[1]``; prints its URL."""

import sys
from pathlib import Path

from assay.apps.server.serve import serve
from assay.apps.settings import Settings


def main(folder: str, database_url: str | None = None) -> None:
    settings = Settings(data_dir=Path(folder), database_url=database_url, port=0)
    serve(settings, on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
