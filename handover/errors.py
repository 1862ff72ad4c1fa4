"""What a user can run into: one class per exit code (contract §6), its sentence says what to do.

Input problems are values (`Problem`), collected and sorted by where the reader will look.
"""

from dataclasses import dataclass


class HandoverError(Exception):
    """Something the user can mend. The message is one sentence that says what to do."""

    exit_code = 1


class UsageError(HandoverError):
    """The command was asked for something it cannot do as put. Read its `--help` and ask again."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong (or doubtful) in the input, with the place where it can be mended.

    `row` counts as a spreadsheet does: the header is row 1; 0 where no single row is meant.
    `column` is blank where the whole row or file is meant; in `engagement.toml` it is the key.
    """

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = self.file
        if self.row:
            place += f" row {self.row}"
        if self.column:
            word = "key" if self.file.endswith(".toml") else "column"
            place += f"{',' if self.row else ''} {word} {self.column}"
        return f"{place}: {self.message}"


class InputRefused(HandoverError):
    """The engagement was not read and nothing of it was kept. Mend the places listed and import again."""

    exit_code = 3

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        super().__init__(
            f"The engagement was not read: {count} problem{'s' if count != 1 else ''}, nothing was kept. "
            "Mend them and import again."
        )


class RemovalUnconfirmed(HandoverError):
    """The import would take children out, and nothing was kept. Look through the list; `--yes` if they have gone."""

    exit_code = 3

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        super().__init__(
            f"The import would take {count} {'child' if count == 1 else 'children'} out, and nothing was kept. "
            "If they have really gone, import again with --yes."
        )


class ChildrenUnallocated(HandoverError):
    """Children are left without a receiving worker. The best partial plan is written, with why for each child."""

    exit_code = 4


class NoUsablePlan(HandoverError):
    """The planner stopped before it had a usable plan. Give it more time with `--time-limit`."""

    exit_code = 5


class RecordUnavailable(HandoverError):
    """The database is locked, is not a handover database, or was made by a newer version."""

    exit_code = 6


class WrongKey(RecordUnavailable):
    """The passphrase or key given does not open the database. Try again; the attempt is noted in the trail."""


class NobodyToAsk(RecordUnavailable):
    """A passphrase is wanted, and there is no terminal to ask for it on. Use a terminal, or a key file (--key-file)."""

    def __init__(self, *_: object) -> None:
        super().__init__(
            "A passphrase is wanted, and there is no terminal to ask for it on: run this in a terminal, or use a key "
            "file (--key-file)."
        )


class CheckFailed(HandoverError):
    """A stored plan or the audit trail does not pass its check. Do not circulate it; plan again."""

    exit_code = 7


class Interrupted(HandoverError):
    """Stopped by the user. What was stored before still stands; nothing was half-stored."""

    exit_code = 130
