"""Settings: which source wins, where a value came from, and what is said about a bad one."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.apps.settings import MASKED, LoadedSettings, Settings, load_settings
from assay.core.errors import InvalidSettingsError


SOURCES = ("toml", "dotenv", "environment", "flag")


def _load(
    folder: Path,
    *,
    toml: str = "",
    dotenv: str = "",
    environ: dict[str, str] | None = None,
    **flags: object,
) -> LoadedSettings:
    (folder / "assay.toml").write_text(toml)
    (folder / ".env").write_text(dotenv)
    return load_settings(flags, environ=environ or {}, folder=folder)


def test_without_any_source_the_defaults_hold(tmp_path):
    loaded = load_settings(environ={}, folder=tmp_path)

    assert Settings() == loaded.values
    assert {"default"} == {str(origin) for origin in loaded.origins.values()}
    assert () == loaded.warnings


@given(given_by=st.sets(st.sampled_from(SOURCES), min_size=1))
def test_the_strongest_source_wins_and_is_named(tmp_path_factory, given_by):
    folder = tmp_path_factory.mktemp("settings")
    ports = {source: 1000 + number for number, source in enumerate(SOURCES)}
    loaded = _load(
        folder,
        toml=f"port = {ports['toml']}" if "toml" in given_by else "",
        dotenv=f"ASSAY_PORT={ports['dotenv']}" if "dotenv" in given_by else "",
        environ={"ASSAY_PORT": str(ports["environment"])} if "environment" in given_by else {},
        **({"port": ports["flag"]} if "flag" in given_by else {}),
    )

    strongest = max(given_by, key=SOURCES.index)
    shown = {
        "toml": f"{folder}/assay.toml:1",
        "dotenv": f"{folder}/.env:1",
        "environment": "environment",
        "flag": "flag",
    }
    assert ports[strongest] == loaded.values.port
    assert shown[strongest] == str(loaded.origins["port"])


def test_zero_and_false_are_values_and_empty_clears(tmp_path):
    loaded = _load(
        tmp_path,
        toml='budget_usd = 5\nopenai_base_url = "http://localhost/v1"\nallow_private_endpoints = true',
        environ={
            "ASSAY_BUDGET_USD": "0",
            "ASSAY_OPENAI_BASE_URL": "",
            "ASSAY_ALLOW_PRIVATE_ENDPOINTS": "false",
            "ASSAY_RETRIES": "0",
        },
    )

    assert Decimal(0) == loaded.values.budget_usd
    assert loaded.values.openai_base_url is None
    assert loaded.values.allow_private_endpoints is False
    assert 0 == loaded.values.retries


def test_a_project_file_is_read_where_there_is_no_own_one(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.assay]\nport = 1234\n')
    loaded = load_settings(environ={}, folder=tmp_path)

    assert 1234 == loaded.values.port
    assert f"{tmp_path}/pyproject.toml:5" == str(loaded.origins["port"])


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"dotenv": "A=1\nASSAY_PORT=high"}, r"\.env:2: ASSAY_PORT: .*'high'"),
        ({"toml": "# x\n\nport = 70000"}, r"assay\.toml:3: port: .*65535"),
        ({"environ": {"ASSAY_PORT": ""}}, r"environment: ASSAY_PORT"),
        ({"environ": {"ASSAY_BUDGET_USD": "NaN"}}, r"ASSAY_BUDGET_USD"),
        ({"concurrency": 0}, r"flag: --concurrency"),
        ({"toml": "prot = 1"}, r"assay\.toml:1: prot: unknown setting; did you mean port\?"),
        ({"prot": 1}, r"flags: prot: unknown setting; did you mean port"),
        ({"toml": "# x\nport ="}, r"assay\.toml:2:7: is not TOML: Invalid value"),
    ],
)
def test_a_fault_names_source_line_and_key(tmp_path, sources, said):
    with pytest.raises(InvalidSettingsError, match=said):
        _load(tmp_path, **sources)


@pytest.mark.parametrize("text", ["tool = 5", "[tool]\nassay = 5"])
def test_a_project_file_whose_table_is_none_is_named(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(InvalidSettingsError, match=r"pyproject\.toml: .*expected a table, found 5"):
        load_settings(environ={}, folder=tmp_path)


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(InvalidSettingsError) as caught:
        _load(tmp_path, dotenv="ASSAY_PORT=x\nASSAY_RETRIES=-1")

    assert 2 == len(str(caught.value).splitlines())


def test_an_unknown_variable_is_warned_of_with_the_nearest_name(tmp_path):
    loaded = _load(tmp_path, environ={"ASSAY_DATADIR": "x", "OTHER": "y"})

    (warning,) = loaded.warnings
    assert "ASSAY_DATADIR" in warning
    assert "did you mean ASSAY_DATA_DIR?" in warning


def test_a_file_that_is_not_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSettingsError, match=r"\.env: cannot be read"):
        load_settings(environ={}, folder=tmp_path)


def test_the_key_is_also_found_where_others_look_for_it(tmp_path):
    foreign = _load(tmp_path, environ={"OPENAI_API_KEY": "theirs"})
    both = _load(tmp_path, environ={"OPENAI_API_KEY": "theirs", "ASSAY_OPENAI_API_KEY": "ours"})

    for expected, loaded in (("theirs", foreign), ("ours", both)):
        key = loaded.values.openai_api_key
        assert key is not None
        assert expected == key.get_secret_value()


def test_secrets_never_show(tmp_path):
    secret = "very-secret-value-1234"  # noqa: S105  # a made-up one
    loaded = _load(
        tmp_path,
        environ={
            "ASSAY_API_KEY": secret,
            "ASSAY_OPENAI_API_KEY": secret,
            "ASSAY_DATABASE_URL": f"postgresql+psycopg://me:{secret}@db/assay",
        },
    )
    shown = {name: value for name, value, _ in loaded.shown()}

    assert MASKED == shown["api_key"]
    assert secret not in repr(loaded)
    assert secret not in str(loaded.shown())
    assert "me:" in str(shown["database_url"])


def test_a_bad_key_is_not_repeated(tmp_path):
    with pytest.raises(InvalidSettingsError) as caught:
        _load(tmp_path, toml="api_key = 123456789012345")

    assert "123456789012345" not in str(caught.value)


def test_the_database_is_in_the_data_folder_unless_another_is_named(tmp_path):
    own = Settings(data_dir=tmp_path / "d")
    other = Settings(database_url="postgresql+psycopg://x/y")

    assert f"sqlite:///{tmp_path}/d/assay.sqlite" == own.resolved_database_url
    assert "postgresql+psycopg://x/y" == other.resolved_database_url


def test_settings_of_evaluators_may_stand_in_the_same_file(tmp_path):
    loaded = _load(tmp_path, toml="port = 1234\n[evaluators.exact]\nweight = 2\n")
    assert 1234 == loaded.values.port


def test_the_table_of_the_gate_is_left_to_the_gate(tmp_path):
    loaded = _load(
        tmp_path,
        toml='port = 1234\ntracking_uri = "http://ledger"\n[gate]\nport = 5\nodd = true\n',
    )

    assert (1234, "http://ledger") == (loaded.values.port, loaded.values.tracking_uri)
    assert f"{tmp_path}/assay.toml:1" == str(loaded.origins["port"])


def test_the_line_of_a_setting_is_its_own_even_where_another_table_has_the_same_key(tmp_path):
    text = '[project]\nport = 5\n[tool.assay]\nport = "x"\n[tool.assay.gate]\nport = 1\n'
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(InvalidSettingsError, match=r"pyproject\.toml:4: port"):
        load_settings(environ={}, folder=tmp_path)
