"""A suite in a process of its own, so that it runs the project's code as it is now.

A server lives long and keeps the modules it imported; a fresh process does not, and whatever
a candidate does to its process it does to that one. The parent writes one JSON line (what to
run) and then keeps the pipe open: when it closes, by cancelling or by dying, the child ends
the suite and closes its runs. The child answers with JSON lines: progress, and at last the
result or what went wrong. Nothing of it is a public format.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

from pydantic import SecretStr, TypeAdapter, ValidationError

from assay.apps.services.gate import Gate, open_gate
from assay.apps.services.suite_runs import SuiteJob
from assay.apps.settings import Settings
from assay.core.errors import AssayError
from assay.gate.jsonable import to_jsonable
from assay.gate.suite_results import OnProgress, SuiteProgress, SuiteResult


GRACE_SECONDS: Final = 15.0
"""How long a cancelled child may take to close its runs."""

_PROGRESS: Final = TypeAdapter(SuiteProgress)
_RESULT: Final = TypeAdapter(SuiteResult)


class SuiteError(AssayError):
    """The suite could not be run; the message is that of the child."""

    code = "suite_failed"


@dataclass(frozen=True, slots=True)
class ProcessExecutor:
    """Runs suites in child processes; see the module.

    Attributes:
        command: What starts the child.
    """

    command: tuple[str, ...] = (sys.executable, "-m", "assay.apps.services.suite_process")
    grace_seconds: float = GRACE_SECONDS

    def __call__(
        self,
        gate: Gate,
        job: SuiteJob,
        *,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> SuiteResult:
        """Run a suite and return its result.

        Raises:
            SuiteError: The child could not run it, or died.
        """
        with self._child(gate.folder) as child:
            asked, answers = child.stdin, child.stdout
            if asked is None or answers is None:
                raise SuiteError("The process that runs the suite has no pipes.")
            with _watching(child, cancelled, self.grace_seconds):
                with suppress(OSError, ValueError):  # it died, or was cancelled already
                    asked.write(json.dumps(_request(gate, job)) + "\n")
                    asked.flush()
                result = _hear(answers, on_progress)
        if result is None and cancelled():
            return SuiteResult((), suite=job.suite, cancelled=True)
        if result is None:
            raise SuiteError(
                f"The process that ran the suite ended with code {child.returncode} and gave no "
                "result; the server's log has what it printed."
            )
        return result

    @contextmanager
    def _child(self, folder: Path) -> Iterator[subprocess.Popen[str]]:
        child = subprocess.Popen(
            self.command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C at the server reaches it through the pipe alone
        )
        try:
            yield child
        finally:
            _close(child, self.grace_seconds)


def _close(child: subprocess.Popen[str], grace_seconds: float) -> None:
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()
    try:
        child.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


@contextmanager
def _watching(
    child: subprocess.Popen[str], cancelled: Callable[[], bool], grace_seconds: float
) -> Iterator[None]:
    """Close the pipe when ``cancelled`` says so, and insist after the grace."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            if cancelled():
                if child.stdin is not None:
                    with suppress(OSError):
                        child.stdin.close()
                if not done.wait(grace_seconds):
                    child.kill()
                return

    watcher = threading.Thread(target=watch, name="assay-suite-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _request(gate: Gate, job: SuiteJob) -> dict[str, Any]:
    return {
        "settings": _plain(gate.settings),
        "folder": str(gate.folder),
        "eval_types": list(job.eval_types),
        "suite": job.suite,
        "prompts": dict(job.prompts),
    }


def _plain(settings: Settings) -> dict[str, Any]:
    """Return the settings with their secrets; they go through the pipe and nowhere else."""
    found = settings.model_dump(mode="json")
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found[name] = value.get_secret_value()
    return found


def _hear(lines: IO[str], on_progress: OnProgress) -> SuiteResult | None:
    result: SuiteResult | None = None
    for line in lines:
        try:
            said: Mapping[str, Any] = json.loads(line)
            if "progress" in said:
                on_progress(_PROGRESS.validate_python(said["progress"]))
            elif "result" in said:
                result = _RESULT.validate_python(said["result"])
        except (ValueError, ValidationError) as error:
            raise SuiteError("The process that ran the suite cannot be understood.") from error
        if "error" in said:
            raise SuiteError(str(said["error"]))
    return result


# --- the child ----------------------------------------------------------------------------------


def main() -> int:
    """Run what standard input asks for; progress and result go to the first standard output."""
    from assay.apps.logs import configure_logs

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the project's code prints is no answer
    asked: Mapping[str, Any] = json.loads(sys.stdin.readline())
    settings = Settings(**asked["settings"])
    configure_logs(settings)
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    lock = threading.Lock()

    def say(**line: Any) -> None:
        with lock, suppress(BrokenPipeError, ValueError):
            answers.write(json.dumps(line) + "\n")
            answers.flush()

    try:
        say(result=to_jsonable(_run(settings, asked, say=say, cancelled=ended.is_set)))
    except AssayError as error:
        say(error=str(error))
        return 2
    return 0


def _wait_for_end(ended: threading.Event) -> None:
    """Tell when the pipe closes: the parent cancels, or is gone."""
    sys.stdin.read()
    ended.set()


def _run(
    settings: Settings,
    asked: Mapping[str, Any],
    *,
    say: Callable[..., None],
    cancelled: Callable[[], bool],
) -> SuiteResult:
    from assay.apps.services.gate_suites import run_suite

    def tell(progress: SuiteProgress) -> None:
        say(progress=to_jsonable(replace(progress, case=None)))

    with open_gate(settings, folder=Path(asked["folder"]), create=True) as gate:
        prompts = {
            name: gate.ledger.get_version(name, version)
            for name, version in asked["prompts"].items()
        }
        return run_suite(
            gate,
            asked["eval_types"],
            suite=asked["suite"],
            prompts=prompts,
            on_progress=tell,
            cancelled=cancelled,
        )


if __name__ == "__main__":
    sys.exit(main())
