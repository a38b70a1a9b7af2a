"""The application inside another process: open, alone, and gone without a trace."""

import threading

import httpx2

from assay.apps.server.embedded import application


async def test_it_answers_without_a_key_and_leaves_no_thread_behind(tmp_path, capsys):
    before = set(threading.enumerate())
    app = application(data_dir=tmp_path)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://embedded.assay"
        ) as client,
    ):
        created = await client.post("/v1/runs", json={"name": "embedded"})
        assert 200 == created.status_code
        progress = await client.get("/health/ready")
        assert 200 == progress.status_code

    left = [
        thread.name
        for thread in set(threading.enumerate()) - before
        if not thread.name.startswith(("AnyIO worker thread", "asyncio_"))  # end with the loop
    ]
    assert [] == left
    assert "" == capsys.readouterr().out
    assert (tmp_path / "assay.sqlite").is_file()


async def test_it_runs_no_evaluations_and_says_so(tmp_path):
    app = application(data_dir=tmp_path)
    async with app.router.lifespan_context(app):
        assert 0 == app.state.context.worker.running


def test_routes_of_all_applications_are_built_in_turn(tmp_path):
    """FastAPI filters warnings of the whole process meanwhile; see ``_build_routes_in_turn``."""
    routes = [
        route
        for name in ("one", "other")
        for route in application(data_dir=tmp_path / name).router.routes
    ]
    locks = [
        vars(route)["_effective_routes_lock"]
        for route in routes
        if hasattr(route, "original_router")
    ]
    assert len(locks) > 2
    assert 1 == len(set(map(id, locks)))
