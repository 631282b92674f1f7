"""An authority of our own on this machine, and certificates that it signs: good, expired, of others."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
[ca]
default_ca = us
[us]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
policy = any
unique_subject = no
copy_extensions = copy
default_md = sha256
[any]
commonName = supplied
"""


@dataclass(frozen=True)
class Authority:
    """A folder with an authority; `trusted` is what its users trust."""

    folder: Path

    @property
    def trusted(self) -> str:
        return str(self.folder / "ca.crt")

    def certificate(self, host: str, until: str = "20991231000000Z") -> Path:
        """Sign a certificate for a host; give a file with its key in it."""
        name = f"{host}-{until}"
        key, asked = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        _openssl("req", "-new", *_key(key), "-subj", f"/CN={host}", "-out", str(asked),
                 "-addext", f"subjectAltName=DNS:{host}")  # fmt: skip
        signed = self.folder / f"{name}.crt"
        _openssl("ca", "-batch", "-notext", "-config", str(self.folder / "config"), "-in", str(asked),
                 "-cert", self.trusted, "-keyfile", str(self.folder / "ca.key"),
                 "-startdate", "20200101000000Z", "-enddate", until, "-out", str(signed))  # fmt: skip
        both = self.folder / f"{name}.pem"
        both.write_bytes(signed.read_bytes() + key.read_bytes())
        return both


def authority(folder: Path) -> Authority:
    """Make an authority in a folder."""
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    _openssl("req", "-x509", *_key(folder / "ca.key"), "-days", "3650", "-subj", "/CN=District",
             "-out", str(folder / "ca.crt"))  # fmt: skip
    return Authority(folder)


def _key(file: Path) -> list[str]:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(file)]


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
