"""The log is silent until an application listens, and never shows a secret."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.kit.log import configure_log, get_logger


SOURCE = Path(__file__).parents[3] / "src"
KEY = "sk-proj-0123456789abcdefghij"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Put the process's logging back as it was."""
    root, tree = logging.getLogger(), logging.getLogger("assay")
    before = (list(root.handlers), root.level, tree.level)
    root.handlers.clear()  # so that reconfiguring closes no handler of the test runner
    yield
    root.handlers[:], root.level = before[0], before[1]
    tree.setLevel(before[2])


def logged(*, as_json: bool, level: int = logging.INFO) -> io.StringIO:
    stream = io.StringIO()
    configure_log(level=level, as_json=as_json, stream=stream)
    return stream


def test_a_library_that_nobody_configured_prints_nothing():
    program = (
        "from assay.kit.log import get_logger; log = get_logger('tests');"
        "log.error('disk_full', free=0); log.info('request')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_an_application_with_its_own_logging_sees_a_readable_line(caplog: pytest.LogCaptureFixture):
    logging.getLogger().addHandler(caplog.handler)
    get_logger("tests").warning("item_slow", datapoint="q1", share="5%")
    assert caplog.messages == ["item_slow datapoint=q1 share=5%"]


def test_each_event_becomes_one_json_line_with_its_fields():
    stream = logged(as_json=True)
    get_logger("tests").info("request", name="x", msg="y", args=[1], status=200)
    event = json.loads(stream.getvalue())
    assert event.pop("timestamp").endswith("Z")
    expected = {"event": "request", "component": "tests", "level": "info"}
    assert event == {**expected, "name": "x", "msg": "y", "args": [1], "status": 200}


def test_events_below_the_level_are_dropped():
    stream = logged(as_json=True, level=logging.WARNING)
    get_logger("tests").info("request")
    assert stream.getvalue() == ""


def test_text_for_people_names_the_event_and_its_fields():
    stream = logged(as_json=False)
    get_logger("tests").info("request", status=200)
    assert "request" in stream.getvalue()
    assert "status=200" in stream.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_gets_through_in_fields_messages_or_traces(as_json: bool):
    stream = logged(as_json=as_json)
    log = get_logger("tests")
    log.info("used", openai_api_key="hidden", header=f"Bearer {KEY}")
    try:
        int(KEY)
    except ValueError:
        log.exception("call_failed")
    logging.getLogger("some.library").warning("key %s", KEY)
    assert KEY not in stream.getvalue()
    assert "hidden" not in stream.getvalue()
    assert "call_failed" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "some.library" in stream.getvalue()


def test_an_exception_object_is_written_with_its_trace():
    stream = logged(as_json=True)
    get_logger("tests").error("failed", exc_info=ValueError("no such thing"))
    assert "no such thing" in json.loads(stream.getvalue())["exception"]
