"""Encryption through the front door: what opens a database, what does not, and what is never said or left behind."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import keyring
import keyring.backend
import pytest
from click.testing import CliRunner, Result

from cli import main
from db.record import open_record
from handover.actions.unlocking import Keys

ROOT = Path(__file__).parent.parent
SMALL = Path(__file__).parent / "data" / "small"
RIGHT, WRONG = "0123456789abcdef" * 4, "fedcba9876543210" * 4
PASSPHRASE = "plum tractor evening wolf"
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and terminals")


def run(*arguments: str) -> Result:
    return CliRunner(env={"HANDOVER_DB": None}).invoke(main, arguments)


def a_key_file(path: Path, content: str = RIGHT) -> str:
    path.write_text(content, encoding="ascii")
    path.chmod(0o600)
    return str(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encrypted")
    key = a_key_file(folder / "key")
    assert run("--db", str(folder / "e.db"), "init", "--key-file", key).exit_code == 0
    assert run("--db", str(folder / "e.db"), "--key-file", key, "import", str(SMALL)).exit_code == 0
    return folder


@pytest.fixture
def opening(made: Path, tmp_path: Path) -> tuple[str, ...]:
    """The options that open an encrypted database with the small engagement in it."""
    shutil.copy(made / "e.db", tmp_path / "e.db")
    return ("--db", str(tmp_path / "e.db"), "--key-file", a_key_file(tmp_path / "key"))


def test_nothing_imported_stands_legible_in_the_file(opening: tuple[str, ...]) -> None:
    data = Path(opening[1]).read_bytes()
    # none so short that it stands among random bytes by chance
    words = (b"C00001", b"HR2 9YU", b"SQLite", b"child_protection", b"CREATE")
    for word in words:
        assert word not in data, word
    plain = Path(opening[1]).with_name("plain.db")
    assert run("--db", str(plain), "init", "--plain").exit_code == 0
    assert run("--db", str(plain), "import", str(SMALL)).exit_code == 0
    assert all(word in plain.read_bytes() for word in words)


def test_an_encrypted_database_is_worked_with_as_a_plain_one_and_says_nothing_of_plain(
    opening: tuple[str, ...],
) -> None:
    result = run(*opening, "plans")
    assert (result.exit_code, result.stderr) == (0, "")
    assert run(*opening, "check").exit_code == 0


@pytest.mark.parametrize("command", [("check",), ("plan",), ("verify",), ("import", str(SMALL))], ids=lambda c: c[0])
def test_the_wrong_key_gives_one_sentence_and_exit_6(
    command: tuple[str, ...], opening: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    before = Path(opening[1]).read_bytes()
    wrong = a_key_file(Path(opening[1]).with_name("wrong"), WRONG)
    result = run(*opening[:2], "--key-file", wrong, *command)
    assert result.exit_code == 6
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("This key file does not open ")
    assert WRONG not in result.stderr
    # SQLCipher's own log goes past Python
    assert capfd.readouterr() == ("", "")
    assert Path(opening[1]).read_bytes() == before


def test_without_a_terminal_a_passphrase_is_neither_waited_for_nor_read_from_a_pipe(tmp_path: Path) -> None:
    database = tmp_path / "e.db"
    result = CliRunner().invoke(main, ["--db", str(database), "init"], input=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert result.exit_code == 6
    assert "--key-file" in result.stderr
    assert not database.exists()


def test_a_database_of_a_key_file_says_so_when_none_is_given(opening: tuple[str, ...]) -> None:
    result = run(*opening[:2], "plans")
    assert result.exit_code == 6
    assert "opened with a key file" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no good as a key"), (b"my dog", "no good as a key"), (b"a" * 64, "no good as a key")],
)
def test_a_weak_key_file_is_refused_and_nothing_is_made(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    result = run("--db", str(tmp_path / "e.db"), "init", "--key-file", str(tmp_path / "key"))
    assert result.exit_code == 6
    assert said in result.stderr
    assert not (tmp_path / "e.db").exists()


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_may_read_is_refused(mode: int, opening: tuple[str, ...]) -> None:
    Path(opening[3]).chmod(mode)
    result = run(*opening, "plans")
    assert result.exit_code == 6
    assert "chmod 600" in result.stderr


def test_a_key_file_of_random_bytes_opens_what_it_made_and_nothing_else_does(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(64, 104)))
    key.chmod(0o600)
    database = ("--db", str(tmp_path / "e.db"))
    assert run(*database, "init", "--key-file", str(key)).exit_code == 0
    assert run(*database, "--key-file", str(key), "plans").exit_code == 0
    key.write_bytes(bytes(range(65, 105)))
    assert run(*database, "--key-file", str(key), "plans").exit_code == 6


def test_a_key_file_that_is_not_there_yet_is_made_for_this_user_alone(tmp_path: Path) -> None:
    key, database = tmp_path / "new.key", ("--db", str(tmp_path / "e.db"))
    made = run(*database, "init", "--key-file", str(key))
    assert made.exit_code == 0
    assert len(key.read_text(encoding="ascii").strip()) == 64
    assert key.read_text(encoding="ascii").strip() not in made.output
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600
    assert run(*database, "--key-file", str(key), "plans").exit_code == 0


def test_a_file_of_another_program_is_refused_without_asking_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(os.urandom(8192))
    result = run("--db", str(tmp_path / "x.db"), "plans")
    assert result.exit_code == 6
    assert "is not a handover database" in result.stderr


def test_plain_and_a_key_contradict_each_other(tmp_path: Path) -> None:
    key = a_key_file(tmp_path / "key")
    for more in (("--key-file", key), ("--keyring",)):
        assert run("--db", str(tmp_path / "e.db"), "init", "--plain", *more).exit_code == 2
    assert not (tmp_path / "e.db").exists()


def test_a_key_given_for_a_plain_database_is_not_taken_for_protection(tmp_path: Path) -> None:
    key, database = a_key_file(tmp_path / "key"), ("--db", str(tmp_path / "e.db"))
    assert run(*database, "init", "--plain").exit_code == 0
    result = run(*database, "--key-file", key, "plans")
    assert result.exit_code == 2
    assert "not encrypted" in result.stderr


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 5

    def __init__(self, *, forgets: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.forgets = forgets

    def get_password(self, service: str, username: str) -> str | None:
        return None if self.forgets else self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    found = Ring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", found)
    return found


def test_a_key_in_the_keyring_opens_the_database_wherever_it_is_moved(tmp_path: Path, ring: Ring) -> None:
    first, second = tmp_path / "one.db", tmp_path / "two.db"
    for database in (first, second):
        assert run("--db", str(database), "init", "--keyring").exit_code == 0
    assert len(set(ring.kept.values())) == 2
    moved = first.rename(tmp_path / "moved.db")
    assert run("--db", str(moved), "plans").exit_code == 0
    ring.kept.clear()
    result = run("--db", str(moved), "plans")
    assert result.exit_code == 6
    assert "keyring" in result.stderr


def test_a_keyring_that_keeps_nothing_makes_no_database(tmp_path: Path, ring: Ring) -> None:
    ring.forgets = True
    result = run("--db", str(tmp_path / "e.db"), "init", "--keyring")
    assert result.exit_code == 2
    assert "no keyring" in result.stderr
    assert not (tmp_path / "e.db").exists()


def on_a_terminal(answers: list[str], *arguments: str) -> tuple[int, str]:
    """Run the program on a terminal of its own, type each answer when it is asked; its exit code and what it showed."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, str(ROOT / "tests" / "run_cli.py"), *arguments])
    shown = b""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            more = os.read(terminal, 1024)
        except OSError:
            break
        if not more:
            break
        shown += more
        if answers and more.rstrip().endswith(b":"):
            os.write(terminal, f"{answers.pop(0)}\n".encode())
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


@posix
def test_a_passphrase_is_asked_for_twice_then_once_and_never_shown(tmp_path: Path) -> None:
    database = ("--db", str(tmp_path / "e.db"))
    code, shown = on_a_terminal([PASSPHRASE, PASSPHRASE], *database, "init", "--json")
    assert code == 0, shown
    assert PASSPHRASE not in shown
    code, shown = on_a_terminal([PASSPHRASE], *database, "plans")
    assert code == 0, shown
    assert "No plan yet" in shown
    assert PASSPHRASE not in shown
    code, shown = on_a_terminal(["plum tractor evening goat"], *database, "plans")
    assert code == 6
    assert "This passphrase does not open" in shown


def test_two_passphrases_that_differ_or_a_weak_one_make_nothing() -> None:
    from handover.errors import UsageError

    typed = iter([PASSPHRASE, "plum tractor evening goat"])
    with pytest.raises(UsageError, match="not the same"):
        Keys(lambda _what: next(typed)).new(keyring=False)
    for weak in ("", "secret", "aaaaaaaaaaaaaaaa", " " * 20):
        with pytest.raises(UsageError, match="soon guessed"):
            Keys(lambda _what, weak=weak: weak).new(keyring=False)  # type: ignore[misc]


def test_a_passphrase_opens_the_file_with_sqlcipher_s_own_tools(tmp_path: Path) -> None:
    # nobody is bound to this program to get at their records
    from sqlcipher3 import dbapi2 as sqlite

    from db import keys
    from db.record import create

    create(tmp_path / "e.db", lambda: keys.new_passphrase("o'clock plum tractor"))
    connection = sqlite.connect(tmp_path / "e.db")
    connection.execute("PRAGMA key = 'o''clock plum tractor'")
    assert connection.execute("SELECT what FROM audit").fetchall() == [("init",)]
    connection.close()
    # typed on another keyboard: é as one sign or as two
    create(tmp_path / "f.db", lambda: keys.new_passphrase("café plum tractor"))
    with open_record(tmp_path / "f.db", lambda _salt: keys.passphrase("cafe\u0301 plum tractor")).reading() as store:
        assert store.trail()[0].details["encrypted"] is True


def test_the_name_given_for_a_shared_user_is_kept_with_what_is_done(opening: tuple[str, ...]) -> None:
    run(*opening, "--as", "Priya Shah", "import", str(SMALL))
    changed = Path(opening[1]).parent / "changed"
    shutil.copytree(SMALL, changed)
    file = changed / "children.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",O003,7,", ",O003,8,", 1), encoding="utf-8")
    result = run(*opening, "--as", "Priya Shah", "import", str(changed), "--json")
    assert json.loads(result.stdout)["first"] is False
    with open_record(Path(opening[1]), Keys(str, Path(opening[3])).unlock).reading() as store:
        assert store.trail()[-1].who.endswith(" as Priya Shah")
    assert run(*opening, "--as", "a\nb", "plans").exit_code == 2
