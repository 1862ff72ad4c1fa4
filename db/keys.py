"""Keys: what opens an encrypted database, and how a database says by which kind of key it is opened.

The first 16 bytes of a SQLCipher file are its salt, and not secret. Ours begin `hdv` and a letter for the kind of key,
so that a command knows what to ask for, and a foreign file is not asked for a passphrase; 12 bytes are random.
"""

import hashlib
import os
import secrets
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from handover.errors import RecordUnavailable, UsageError

PASSPHRASE, KEY_FILE, KEYRING = b"p", b"k", b"r"
SAID = {PASSPHRASE: "passphrase", KEY_FILE: "key file", KEYRING: "key in the system keyring"}
MARK = b"hdv"
PLAIN = b"SQLite format 3\0"
ITERATIONS = 256_000
"""Of PBKDF2-HMAC-SHA512: the default of SQLCipher 4, so that its own tools open the file with the passphrase."""
LEAST_CHARACTERS = 12
LEAST_BYTES = 32
LEAST_DIFFERENT = 16
MOST_BYTES = 1_048_576
SERVICE = "handover"


@dataclass(frozen=True)
class Secret:
    """What a person holds or a keyring keeps. Never written anywhere."""

    kind: bytes
    material: bytes = field(repr=False)


@dataclass(frozen=True)
class Key:
    """A secret made ready for one file: derived once for a command, however often the file is opened."""

    salt: bytes
    raw: bytes = field(repr=False)

    @property
    def literal(self) -> str:
        """As SQLCipher takes it: key and salt in hexadecimal."""
        return f"x'{self.raw.hex()}{self.salt.hex()}'"


def salt_of(path: Path) -> bytes | None:
    """The salt of an encrypted database of ours; None where the file is not encrypted, empty or missing.

    Raises `RecordUnavailable` for a file that is neither.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return None  # `examine` says what is wrong with it
    if not start or start == PLAIN:
        return None
    if len(start) < 16 or start[:3] != MARK or start[3:4] not in SAID:
        raise RecordUnavailable(f"{path} is not a handover database. Give another --db, or restore a backup.")
    return start


def is_encrypted(path: Path) -> bool:
    """Whether the database at `path` is opened with a key."""
    return salt_of(path) is not None


def new_salt(secret: Secret) -> bytes:
    """A salt for a new file that this kind of secret will open."""
    return MARK + secret.kind + secrets.token_bytes(12)


def kind_of(salt: bytes) -> bytes:
    """The kind of key that opens the file with this salt."""
    return salt[3:4]


def ready(secret: Secret, salt: bytes) -> Key:
    """The key for one file. 64 hexadecimal digits are the key itself; all else is stretched as SQLCipher would."""
    text = secret.material.strip()
    if secret.kind != PASSPHRASE and len(text) == 64 and not text.strip(b"0123456789abcdefABCDEF"):
        return Key(salt, bytes.fromhex(text.decode()))
    return Key(salt, hashlib.pbkdf2_hmac("sha512", secret.material, salt, ITERATIONS, 32))


def passphrase(text: str) -> Secret:
    """A passphrase as typed, the same on every keyboard and system (NFC)."""
    return Secret(PASSPHRASE, unicodedata.normalize("NFC", text).encode())


def new_passphrase(text: str) -> Secret:
    """A passphrase for a new key. Raises `UsageError` for one that is soon guessed."""
    if len(text.strip()) < LEAST_CHARACTERS or len(set(text)) < LEAST_CHARACTERS // 2:
        raise UsageError(
            f"That passphrase is soon guessed, and nothing was made. Take at least {LEAST_CHARACTERS} characters: four "
            "words that do not belong together are good."
        )
    return passphrase(text)


def key_file(path: Path) -> Secret:
    """The secret in a key file: 64 hexadecimal digits, or at least 32 bytes of anything.

    Raises `RecordUnavailable` for one that is missing, that others may read, or that is soon guessed.
    """
    try:
        with path.open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise RecordUnavailable(
                    f"The key file {path} may be read by others on this machine. Take that right away (chmod 600 "
                    f"{path}), and change the key with `handover rekey` if it has been so for long."
                )
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RecordUnavailable(f"The key file {path} could not be read: {error.strerror}.") from None
    if not LEAST_BYTES <= len(content) <= MOST_BYTES or len(set(content)) < LEAST_DIFFERENT // 2:
        raise RecordUnavailable(
            f"The key file {path} is no good as a key: it has to be 64 hexadecimal digits, or {LEAST_BYTES} or more "
            "random bytes. `handover init --key-file` with the name of a file that is not there yet makes one."
        )
    return Secret(KEY_FILE, content)


def new_key_file(path: Path) -> Secret:
    """A new random key in a new file that only this user may read. Raises `UsageError` where it cannot be made."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"The key file {path} could not be made: {error.strerror}.") from None
    return key_file(path)


def new_in_keyring() -> Secret:
    """A new random key, to be put into the system's keyring by `keep_in_keyring`."""
    return Secret(KEYRING, secrets.token_hex(32).encode())


def keep_in_keyring(secret: Secret, salt: bytes) -> None:
    """Put a key into the system's keyring, under the name of the file it opens. Raises `UsageError`: no keyring."""
    import keyring  # noqa: PLC0415 (slow to import, and for few)
    import keyring.errors  # noqa: PLC0415

    try:
        backend = keyring.get_keyring()
        if backend.priority < 1:
            raise keyring.errors.NoKeyringError
        backend.set_password(SERVICE, salt.hex(), secret.material.decode())
        if backend.get_password(SERVICE, salt.hex()) != secret.material.decode():
            raise keyring.errors.NoKeyringError
    except (keyring.errors.KeyringError, OSError):
        raise UsageError(
            "This machine has no keyring that could keep a key, or it is locked. Leave --keyring out to use a "
            "passphrase, or use --key-file."
        ) from None


def from_keyring(salt: bytes) -> Secret:
    """The key that the system's keyring keeps for a file. Raises `RecordUnavailable` where it has none."""
    import keyring  # noqa: PLC0415 (slow to import, and for few)
    import keyring.errors  # noqa: PLC0415

    try:
        kept = keyring.get_password(SERVICE, salt.hex())
    except (keyring.errors.KeyringError, OSError):
        kept = None
    if kept is None:
        raise RecordUnavailable(
            "The key of this database is in the system keyring of the person who made it, and not in yours, or your "
            "keyring is locked: unlock it, or work as that person."
        )
    return Secret(KEYRING, kept.encode())
