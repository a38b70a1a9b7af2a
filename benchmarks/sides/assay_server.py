"""A server of ours over a SQLite file in ``argv[1]``; prints its URL and serves until it is ended."""

import socket
import sys
from pathlib import Path

import uvicorn

from assay.apps.server.app import create_app
from assay.apps.settings import Settings


def main(folder: str, database_url: str | None = None) -> None:
    app = create_app(Settings(data_dir=Path(folder), database_url=database_url))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
