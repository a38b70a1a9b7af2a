"""Whatever goes wrong is one clear line for each fault on standard error, and exit 2."""

import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.command_line import (
    ANSWERS,
    RUN,
    answer,
    assay,
    datapoint,
    environment,
    write_bench,
    write_jsonl,
)


Prepare = Callable[[Path], None]
NO_OVERRIDE = "-dac_override,-dac_read_search"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a bench that works."""
    write_bench(tmp_path)
    return tmp_path


def writes(name: str, text: str) -> Prepare:
    def prepare(folder: Path) -> None:
        (folder / name).write_text(text)

    return prepare


def cut_line(folder: Path) -> None:
    with (folder / "data.jsonl").open("a") as stream:
        stream.write('{"id": "q9", "inputs": ')


def duplicate_id(folder: Path) -> None:
    write_jsonl(folder / "data.jsonl", [datapoint(0), datapoint(1), datapoint(0)])


def malformed_answer(folder: Path) -> None:
    write_jsonl(folder / "answers.jsonl", [answer(0), answer(1, output=3)])


def corrupt_database(folder: Path) -> None:
    (folder / ".assay").mkdir()
    (folder / ".assay" / "assay.sqlite").write_bytes(b"no database" * 1000)


def newer_schema(folder: Path) -> None:
    (folder / ".assay").mkdir()
    connection = sqlite3.connect(folder / ".assay" / "assay.sqlite")
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('9999_later')")
    connection.commit()
    connection.close()


def nothing(_folder: Path) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that goes wrong: how it comes about, the command, and what is said."""

    name: str
    arguments: tuple[str, ...]
    says: str
    prepare: Prepare = nothing


FAULTS = "prompts: '{{question}}'\ngold: {field: answer}\nmatcher: {kind: numeric, tolerence: 1}\n"
CASES = [
    Case(
        "a task that is no YAML",
        (*RUN, *ANSWERS),
        r"^Error: task\.yaml:2:7: not YAML: ",
        writes("task.yaml", "name: [a\nprompt: x\n"),
    ),
    Case(
        "a task with several faults, each with the nearest key",
        (*RUN, *ANSWERS),
        r"^Error: task\.yaml:1:1: name: .+\ntask\.yaml:1:1: prompts: unknown key; did you mean "
        r"'prompt'\?.+\ntask\.yaml:3:\d+: matcher\.tolerence: unknown key; did you mean",
        writes("task.yaml", FAULTS),
    ),
    Case(
        "a dataset whose last line was cut off",
        (*RUN, *ANSWERS),
        r"^Error: data\.jsonl:5: not JSON: ",
        cut_line,
    ),
    Case(
        "an id that occurs twice",
        (*RUN, *ANSWERS),
        r"^Error: data\.jsonl:3: id: 'q0' was used before, at data\.jsonl:1",
        duplicate_id,
    ),
    Case(
        "an answer that is no text",
        (*RUN, *ANSWERS),
        r"answers\.jsonl:2: output: is a number",
        malformed_answer,
    ),
    Case(
        "a model that the file does not hold",
        (*RUN, "--models", "recorded:answers.jsonl#smal"),
        r"has no model 'smal'\. It holds: .*small \(4 answers\)",
    ),
    Case(
        "an unknown provider",
        (*RUN, "--models", "hal:9000"),
        r"unknown provider 'hal'\. Known providers: openai, python, recorded",
    ),
    Case(
        "a task file that is not there",
        ("bench", "run", "no.yaml", "--dataset", "data.jsonl", *ANSWERS),
        r"^Error: no\.yaml: cannot be read: No such file",
    ),
    Case(
        "a folder instead of a file",
        (*RUN, "--models", "recorded:.#small"),
        r"Cannot read recorded answers from .+: Is a directory",
    ),
    Case(
        "a budget that is no amount", (*RUN, *ANSWERS, "--budget", "abc"), r"'abc' is not an amount"
    ),
    Case(
        "no repeats at all",
        (*RUN, *ANSWERS, "--repeats", "0"),
        r"--repeats.+greater than or equal to 1",
    ),
    Case(
        "a run that does not exist",
        ("bench", "results", "nope"),
        r"^Error: There is no evaluation 'nope'; it may have been deleted",
    ),
    Case(
        "resuming a run that does not exist",
        ("bench", "run", "--resume", "nope"),
        r"^Error: There is no evaluation 'nope'",
    ),
    Case(
        "a run without models",
        RUN,
        r"needs a task, --dataset and --models .+Example: assay bench run",
    ),
    Case(
        "a data folder that is a file",
        (*RUN, *ANSWERS, "--data-dir", "task.yaml"),
        r"'task\.yaml' is a file",
    ),
    Case(
        "a database that is none",
        ("bench", "list"),
        r"assay\.sqlite: the file is not a SQLite database",
        corrupt_database,
    ),
    Case(
        "a database of a later version",
        ("runs", "list"),
        r"has the schema '9999_later', which is newer .+install a newer Assay",
        newer_schema,
    ),
    Case(
        "a setting that is no number",
        ("config", "show"),
        r"^Error: \.env:1: ASSAY_PORT: .+found 'abc'",
        writes(".env", "ASSAY_PORT=abc\n"),
    ),
    Case(
        "an export of an unknown kind",
        ("bench", "export", "x", "--as", "pdf"),
        r"'pdf' is not one of 'json', 'csv', 'markdown'",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_each_failure_is_said_clearly_and_exits_with_two(case: Case, folder: Path):
    case.prepare(folder)
    said = assay(*case.arguments, folder=folder)
    assert_clear(said.code, said.out, said.err)
    assert re.search(case.says, said.err, re.MULTILINE), said.err


def assert_clear(code: int, out: str, err: str) -> None:
    assert (code, out) == (2, ""), err
    assert "Error: " in err
    assert "Traceback" not in err
    assert "defect" not in err


def test_a_port_in_use_is_named_with_the_way_out(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = assay("up", "--port", port, "--no-open", folder=folder)
    assert_clear(said.code, said.out, said.err)
    assert re.search(rf"Port {port} .+Address already in use.+--port", said.err)


def test_a_missing_extra_is_named_with_the_command_that_installs_it(folder: Path):
    blocker = folder / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'openai':\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    path = f"{environment(folder)['PYTHONPATH']}:{blocker}"
    said = assay(
        *RUN,
        "--models",
        "openai:any@http://127.0.0.1:9/v1",
        folder=folder,
        env={"PYTHONPATH": path},
    )
    assert_clear(said.code, said.out, said.err)
    assert "pip install 'assay[llm]'" in said.err


def test_models_that_never_answer_end_with_their_error_and_exit_two(folder: Path):
    env = {"ASSAY_RETRIES": "0"}
    said = assay(*RUN, "--models", "openai:any@http://127.0.0.1:9/v1", folder=folder, env=env)
    assert 2 == said.code
    assert re.search(r"any: 4 failed, such as q\d: .+127\.0\.0\.1:9", said.err)
    assert re.search(
        r"^Error: No model answered anything\. Go on with: .+--resume", said.err, re.MULTILINE
    )


def without_override() -> tuple[str, ...]:
    """A prefix under which file modes hold, even for root."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root reads everything, and there is no setpriv to give that up")
    return ("setpriv", "--bounding-set", NO_OVERRIDE, "--inh-caps", NO_OVERRIDE)


def test_a_file_that_may_not_be_read_is_named(folder: Path):
    (folder / "answers.jsonl").chmod(0)
    said = assay(*RUN, *ANSWERS, folder=folder, prefix=without_override())
    assert_clear(said.code, said.out, said.err)
    assert re.search(r"answers\.jsonl: Permission denied", said.err)


def test_a_data_folder_that_may_not_be_written_is_named(folder: Path):
    (folder / "data").mkdir(mode=0o555)
    said = assay(*RUN, *ANSWERS, "--data-dir", "data", folder=folder, prefix=without_override())
    assert_clear(said.code, said.out, said.err)
    assert re.search(r"data/assay\.sqlite: the file cannot be opened", said.err)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of two megabytes, where one may be mounted."""
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_the_run_resumes_once_there_is_space(small_disk: Path):
    folder = small_disk.parent
    write_bench(folder, size=300)
    ballast = small_disk / "ballast"
    first = assay(*RUN, *ANSWERS, "--data-dir", "disk", folder=folder)
    assert 0 == first.code, first.err
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 60_000))
    full = assay(*RUN, *ANSWERS, "--data-dir", "disk", "--repeats", "1", folder=folder)
    assert_clear(full.code, full.out, full.err)
    assert re.search(r"assay\.sqlite: the disk (is full|refused).+", full.err)
    ballast.unlink()
    listed = assay("bench", "list", "--data-dir", "disk", "--format", "json", folder=folder).json
    cut = listed["evaluations"][0]
    if 2 == listed["total"]:  # the second one was stored before the disk was full
        command = ("bench", "run", "--resume", cut["id"], "--data-dir", "disk", "--format", "json")
        resumed = assay(*command, folder=folder)
        assert 300 == resumed.json["models"][0]["passed"]


def test_a_file_size_limit_is_said_as_what_it_is(folder: Path):
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    plain = environment(folder)
    unmeasured = {name: plain[name] for name in plain if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        ["python", "-c", "from assay.apps.cli.main import run; run()", *RUN, *ANSWERS],
        cwd=folder,
        env=unmeasured,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
        timeout=60,
    )
    assert_clear(done.returncode, done.stdout, done.stderr)
    assert "check the free space, the file size limit and the disk" in done.stderr
