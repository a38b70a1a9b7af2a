"""Many commands in one process, each as ``assay`` runs it: MLflow takes seconds to import.

Run as a program it reads a JSON list of argument lists from standard input and writes what
each printed and how it ended to standard output.
"""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


if __package__:
    from collections.abc import Mapping

    from tests.acceptance.command_line import Said, environment


def assay_series(
    commands: "Sequence[Sequence[str]]",
    *,
    folder: Path,
    env: "Mapping[str, str] | None" = None,
    timeout: float = 300,
) -> "list[Said]":
    """Run commands one after the other in ``folder``, in one process of their own."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__))],
        cwd=folder,
        env=environment(folder, env),
        input=json.dumps([list(command) for command in commands]),
        capture_output=True,
        text=True,
        check=True,
        timeout=timeout,
    )
    return [Said(*entry) for entry in json.loads(done.stdout)]


def run_one(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run one command in this process; return its exit code and what it printed."""
    from assay.apps.cli.main import run

    before = sys.stdout, sys.stderr, sys.argv
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.stdout, sys.stderr, sys.argv = out, err, ["assay", *arguments]
    code = 0
    try:
        run()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    finally:
        sys.stdout, sys.stderr, sys.argv = before
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return code, texts[0], texts[1]


if __name__ == "__main__":
    results = [run_one(arguments) for arguments in json.loads(sys.stdin.read())]
    sys.stdout.write(json.dumps(results))
