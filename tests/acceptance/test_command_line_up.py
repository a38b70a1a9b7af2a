"""``assay up`` serves, logs to standard error without secrets, and ends in good order."""

import json
import re
import signal
import subprocess
from pathlib import Path

import httpx2

from tests.acceptance.command_line import PROGRAM, environment


def test_the_server_says_where_it_is_logs_requests_and_ends_with_zero(tmp_path: Path):
    env = environment(tmp_path, {"ASSAY_LOG_FORMAT": "json", "ASSAY_DATA_DIR": "kept"})
    command = [*PROGRAM, "up", "--host", "127.0.0.1", "--port", "0", "--no-open"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            found = re.search(r"^Assay is at (http://127\.0\.0\.1:\d+) \(data in kept;", said)
            assert found is not None, said
            assert 200 == httpx2.get(f"{found[1]}/health/ready", timeout=10).status_code
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (0, "") == (process.returncode, out), err
    events = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    assert any(("request", 200) == (event["event"], event.get("status")) for event in events), err
