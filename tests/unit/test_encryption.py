"""Keys, what they seal, and the file a secret is kept in."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.encryption import SECRET_BYTES, EncryptionKey, Keyring, is_sealed, secret_file
from core.errors import FilesUnavailable, Misconfigured, UnreadableDocument

ROOT = Path(__file__).parents[2]
SECRET = bytes(range(224, 256))
PADDED = base64.b64encode(SECRET).decode()


@pytest.mark.parametrize(
    "text", [PADDED, PADDED.rstrip("="), base64.urlsafe_b64encode(SECRET).decode(), f" {PADDED}\n"]
)
def test_a_key_is_read_from_base64_of_either_alphabet(text: str) -> None:
    assert EncryptionKey.parse(text).secret == SECRET


@pytest.mark.parametrize("text", ["tell nobody", "käse", "c2hvcnQ=", PADDED + PADDED])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_FILES__ENCRYPTION_KEY") as told:
        EncryptionKey.parse(text)
    assert text not in str(told.value)


def test_a_key_does_not_show_its_secret() -> None:
    key = EncryptionKey(SECRET)
    assert repr(key) == "EncryptionKey()"
    assert key.id not in SECRET
    assert key.id != EncryptionKey(bytes(32)).id


def test_without_a_setting_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    sealed = Keyring.open("", tmp_path / "files.key").seal(b"words", "here")
    assert Keyring.open("", tmp_path / "files.key").unseal(sealed, "here") == b"words"


def test_the_first_key_of_the_setting_seals_and_all_of_them_open(tmp_path: Path) -> None:
    made = Keyring.open("", tmp_path / "files.key").seal(b"made", "here")
    older = Keyring([EncryptionKey(bytes(32))]).seal(b"older", "here")
    older_text = base64.b64encode(bytes(32)).decode()
    keys = Keyring.open(f"{PADDED}, {older_text}", tmp_path / "files.key")
    assert keys.unseal(made, "here") == b"made"
    assert keys.unseal(older, "here") == b"older"
    assert not keys.is_current(made)
    assert keys.is_current(keys.seal(b"new", "here"))
    assert Keyring([EncryptionKey(SECRET)]).unseal(keys.seal(b"new", "here"), "here") == b"new"


def test_a_setting_makes_no_file(tmp_path: Path) -> None:
    Keyring.open(PADDED, tmp_path / "files.key")
    assert list(tmp_path.iterdir()) == []


def test_what_is_sealed_opens_in_its_place_only() -> None:
    keys = Keyring([EncryptionKey(SECRET)])
    sealed = keys.seal(b"words", "acme/one")
    assert is_sealed(sealed)
    assert not is_sealed(b"%PDF-1.7")
    with pytest.raises(UnreadableDocument):
        keys.unseal(sealed, "acme/two")


def test_what_a_later_version_wrote_is_not_called_damaged() -> None:
    keys = Keyring([EncryptionKey(SECRET)])
    sealed = bytearray(keys.seal(b"words", "here"))
    sealed[4] = 2
    with pytest.raises(FilesUnavailable, match="later version"):
        keys.unseal(bytes(sealed), "here")


def test_a_secret_stays_the_same_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret.key"
    secret = secret_file(path)
    assert len(secret) == SECRET_BYTES
    assert secret_file(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from core.encryption import secret_file as made; "
    code += "sys.stdin.read(); print(made(Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(tmp_path / "secret.key")]
    starters = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for each in starters:
        assert each.stdin
        each.stdin.flush()
    shown = {each.communicate("", timeout=60)[0] for each in starters}
    assert shown == {f"{secret_file(tmp_path / 'secret.key').hex()}\n"}


def test_a_secret_that_was_cut_short_is_said_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(b"half")
    with pytest.raises(Misconfigured, match="4 bytes"):
        secret_file(path)
    assert path.read_bytes() == b"half"


def test_a_secret_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Misconfigured, match="can't be kept"):
        secret_file(tmp_path / "file" / "secret.key")


def test_the_start_that_was_cut_off_leaves_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut_off)
        with pytest.raises(KeyboardInterrupt):
            secret_file(tmp_path / "secret.key")
    assert list(tmp_path.iterdir()) == []
