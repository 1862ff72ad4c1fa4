"""The front door: exit codes, what goes to stdout and what to stderr, and no traceback, whatever happens."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlcipher3 import dbapi2 as sqlite

from cli import main
from handover import errors
from handover.actions import checking

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "data" / "small"
HEAVY = {
    "alembic",
    "handover.engagement",
    "holidays",
    "networkx",
    "numpy",
    "ortools",
    "platformdirs",
    "pydantic",
    "python_calamine",
    "rich",
    "sqlalchemy",
    "sqlcipher3",
}
READS_THE_RECORD = (
    ("check",),
    ("plans",),
    ("verify",),
    ("export", "P0001", "--out", "x"),
    ("import", str(SMALL)),
    ("approve", "P0001"),
    ("audit", "list"),
    ("audit", "verify"),
    ("rekey",),
    ("mobilise",),
    ("done", "contract"),
)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "engagement.db"
    assert run("--db", str(path), "init", "--plain").exit_code == 0
    return path


@pytest.fixture
def database(blank: Path, tmp_path: Path) -> Path:
    """A new database, without an engagement."""
    return Path(shutil.copy(blank, tmp_path / "engagement.db"))


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env={"HANDOVER_DB": None, **(env or {})}).invoke(main, arguments)


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "tests" / "run_cli.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


def test_help_loads_nothing_that_only_a_command_needs() -> None:
    code = (
        "import sys, click; before = set(sys.modules); sys.argv = ['handover', '--help']; import cli\n"
        "try: cli.main()\nexcept SystemExit as end: code = end.code\n"
        "print('MODULES', code, *sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    _, code, *loaded = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert "handover.actions" in loaded
    assert [m for m in loaded if m in HEAVY or m.split(".")[0] in HEAVY] == []
    assert len(loaded) < 25, loaded


def test_each_command_of_the_contract_is_there_and_says_what_it_does() -> None:
    wanted = {"demo", "init", "template", "import", "check", "plan", "plans", "verify", "export", "explain"}
    assert wanted <= set(main.commands)
    for command in main.commands.values():
        assert command.help
        assert all(getattr(p, "help", "") for p in command.params if p.param_type_name == "option"), command.name


def test_the_version_is_that_of_the_distribution() -> None:
    assert re.fullmatch(r"handover, version \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("kind", [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)])
def test_each_error_ends_with_its_exit_code_and_its_sentence(
    kind: type[errors.HandoverError], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = issubclass(kind, errors.InputRefused | errors.RemovalUnconfirmed)
    error = kind((errors.Problem("children.csv", 7, "plan", "wrong"),)) if listed else kind("What to do next.")

    def fail(_record: object) -> None:
        raise error

    monkeypatch.setattr(checking, "check_engagement", fail)
    result = run("--db", str(database), "check")
    assert result.exit_code == kind.exit_code
    assert str(error) in result.stderr
    assert ("children.csv row 7, column plan: wrong" in result.stderr) == listed
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (RuntimeError("Amara Pencombe, C00017"), 1, "A fault in handover itself (RuntimeError at test_cli.py:"),
        (KeyboardInterrupt(), 130, "nothing was half-stored"),
        (OSError(28, "No space left on device", "flags.csv"), 1, "No space left on device: flags.csv"),
    ],
)
def test_whatever_goes_wrong_ends_in_a_sentence_without_a_childs_data(
    fault: BaseException, code: int, said: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_record: object) -> None:
        raise fault

    monkeypatch.setattr(checking, "check_engagement", fail)
    result = run("--db", str(database), "check")
    assert result.exit_code == code
    assert said in result.stderr
    assert "Amara" not in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", READS_THE_RECORD, ids=" ".join)
def test_every_command_on_a_plain_database_warns_on_stderr_first(command: tuple[str, ...], database: Path) -> None:
    result = run("--db", str(database), *command)
    assert result.stderr.splitlines()[0].startswith("Not encrypted")
    assert "Not encrypted" not in result.stdout


@pytest.mark.parametrize("command", [*READS_THE_RECORD, ("plan",)], ids=" ".join)
def test_a_database_that_is_missing_or_foreign_is_refused(command: tuple[str, ...], tmp_path: Path) -> None:
    assert run("--db", str(tmp_path / "none.db"), *command).exit_code == 6
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "foreign.db").write_text("my novel", encoding="utf-8")
    assert run("--db", str(tmp_path / "foreign.db"), *command).exit_code == 6
    assert (tmp_path / "foreign.db").read_text(encoding="utf-8") == "my novel"


def test_a_locked_database_is_refused_and_not_waited_for_without_end(database: Path) -> None:
    # by the same library: two of them in one process do not see each other's locks
    with sqlite.connect(database, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        result = run("--db", str(database), "import", str(SMALL))
        other.execute("ROLLBACK")
    other.close()
    assert result.exit_code == 6
    assert "Traceback" not in result.output


def test_init_never_touches_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("dear diary", encoding="utf-8")
    assert run("--db", str(tmp_path / "x.db"), "init", "--plain").exit_code == 6
    assert (tmp_path / "x.db").read_text(encoding="utf-8") == "dear diary"


def test_the_database_comes_from_the_environment_and_the_option_goes_first(tmp_path: Path) -> None:
    named = {"HANDOVER_DB": str(tmp_path / "env.db")}
    assert run("init", "--plain", env=named).exit_code == 0
    assert (tmp_path / "env.db").exists()
    assert run("--db", str(tmp_path / "opt.db"), "init", "--plain", env=named).exit_code == 0
    assert (tmp_path / "opt.db").exists()


def test_without_either_the_database_is_in_the_users_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    assert run("init", "--plain").exit_code == 0
    assert (tmp_path / "data" / "engagement.db").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("plan", "--time-limit", "0"),
        ("plan", "--time-limit", "nan"),
        ("plan", "--seed", "-1"),
        ("plan", "--from", "14.11.2022"),
        ("plan", "--out", str(SMALL / "teams.csv")),
        ("export",),
        ("template",),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(wrong: tuple[str, ...], database: Path) -> None:
    assert run("--db", str(database), *wrong).exit_code == 2


@pytest.mark.parametrize("command", [("check",), ("plan",), ("verify",), ("export", "P1", "--out", "x")])
def test_before_the_first_import_a_command_says_what_to_do(command: tuple[str, ...], database: Path) -> None:
    result = run("--db", str(database), *command)
    assert result.exit_code == 2
    assert "handover import" in result.stderr or "handover plan" in result.stderr


def test_data_goes_to_stdout_as_json_and_messages_to_stderr(database: Path, tmp_path: Path) -> None:
    for command in (("import", str(SMALL)), ("check",), ("plans",), ("template", "--out", str(tmp_path / "t"))):
        result = run("--db", str(database), *command, "--json")
        assert result.exit_code == 0, result.output
        assert isinstance(json.loads(result.stdout), dict)


def test_a_filled_in_template_can_be_imported(database: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    assert run("template", "--out", str(out)).exit_code == 0
    for file in SMALL.iterdir():
        if file.suffix == ".csv":
            head = (out / file.name).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
            assert set(file.read_text(encoding="utf-8").splitlines()[0].split(",")) == set(head)
            shutil.copy(file, out / file.name)
    shutil.copy(SMALL / "engagement.toml", out / "engagement.toml")
    assert run("--db", str(database), "import", str(out)).exit_code == 0


def test_the_demo_of_another_size_writes_input_that_can_be_imported(database: Path, tmp_path: Path) -> None:
    out = tmp_path / "made-up"
    result = run("demo", "--children", "30", "--teams", "2", "--seed", "5", "--out", str(out), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["children"] == 30
    imported = run("--db", str(database), "import", str(out), "--json")
    assert imported.exit_code == 0
    assert json.loads(imported.stdout)["input_sha256"] == json.loads(result.stdout)["input_sha256"]
    assert run("demo", "--teams", "2").exit_code == 2


def test_a_terminal_that_cannot_show_a_sign_gets_a_question_mark_not_a_traceback(database: Path) -> None:
    run("--db", str(database), "import", str(SMALL))
    changed = database.parent / "changed"
    shutil.copytree(SMALL, changed)
    children = changed / "children.csv"
    children.write_text(children.read_text(encoding="utf-8").replace(",O003,7,", ",O003,8,", 1), encoding="utf-8")
    done = program("--db", str(database), "import", str(changed), PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "points 7 ? 8" in done.stdout


def test_the_completion_that_the_readme_names_is_there() -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_HANDOVER_COMPLETE" in program(_HANDOVER_COMPLETE=f"{shell}_source").stdout
    assert "_HANDOVER_COMPLETE=" in (ROOT / "README.md").read_text(encoding="utf-8")
