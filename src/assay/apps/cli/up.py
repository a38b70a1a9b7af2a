"""``assay up``: the server and the page."""

from typing import Annotated

import typer

from assay.apps.cli.options import DataDir
from assay.apps.cli.output import say


def up(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (environment ASSAY_HOST).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on; 0 picks a free one (environment ASSAY_PORT).",
        ),
    ] = None,
    data_dir: DataDir = None,
    open_page: Annotated[
        bool,
        typer.Option("--open/--no-open", envvar="ASSAY_OPEN", help="Open the page in a browser."),
    ] = True,
) -> None:
    """Serve the workbench: API, live progress and page."""
    from assay.apps.cli.loading import settings_for
    from assay.apps.logs import configure_logs
    from assay.apps.server.serve import serve

    level = "debug" if context.find_root().params["verbose"] else None
    settings = settings_for(host=host, port=port, data_dir=data_dir, log_level=level)
    configure_logs(settings)

    def ready(url: str) -> None:
        say(f"Assay is at {url} (data in {settings.data_dir}; stop with Ctrl-C)")
        if open_page:
            _open(url)

    serve(settings, on_ready=ready)


def _open(url: str) -> None:
    import webbrowser

    if not webbrowser.open(url):
        say(f"No browser could be opened; visit {url}")
