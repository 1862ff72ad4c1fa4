"""What opens an encrypted database, and what locks a new one: a passphrase asked for, a key file, the keyring."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from db import keys
from handover.errors import RecordUnavailable, UsageError


@dataclass(frozen=True)
class Keys:
    """How a command comes by a key: the key file it was given, and how it asks a person (never shown, never kept)."""

    ask: Callable[[str], str]
    key_file: Path | None = None

    def unlock(self, salt: bytes) -> keys.Secret:
        """The secret for an existing database. Raises `RecordUnavailable`: no good key file, no keyring, nobody to ask;
        `UsageError`: another kind of key than the database has."""
        kind = keys.kind_of(salt)
        if self.key_file is not None and kind != keys.KEY_FILE:
            raise UsageError(f"This database is opened with a {keys.SAID[kind]}. Leave --key-file out.")
        if self.key_file is not None:
            return keys.key_file(self.key_file)
        if kind == keys.KEY_FILE:
            raise RecordUnavailable("This database is opened with a key file: handover --key-file FILE COMMAND")
        return keys.from_keyring(salt) if kind == keys.KEYRING else keys.passphrase(self.ask("Passphrase"))

    def remembering(self) -> Callable[[bytes], keys.Secret]:
        """`unlock`, asking but once for files that have the same key."""
        return cache(self.unlock)

    def new(self, *, keyring: bool) -> keys.Secret:
        """The secret for a new key. A key file that is not there yet is made. Raises `UsageError` for one soon
        guessed, or two that differ."""
        if keyring and self.key_file is not None:
            raise UsageError("--keyring and --key-file are two ways to keep a key. Choose one.")
        if keyring:
            return keys.new_in_keyring()
        if self.key_file is not None:
            return keys.key_file(self.key_file) if self.key_file.exists() else keys.new_key_file(self.key_file)
        secret = keys.new_passphrase(self.ask("New passphrase"))
        if keys.passphrase(self.ask("The same again")) != secret:
            raise UsageError("The two are not the same, and nothing was made. Try again.")
        return secret
