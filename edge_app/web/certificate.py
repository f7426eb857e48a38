"""A certificate for one address of this machine: browsers give the camera to https pages only.

It is made with openssl, since Python's own library reads certificates and makes none.
"""

from __future__ import annotations

import hashlib
import ipaddress
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import MissingDependencyError, OutputError

_DAYS = 30
_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Certificate:
    """A leaf certificate and its key, PEM files.

    Attributes:
        file: of the certificate.
        key: of its private key, which only the user can read.
    """

    file: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256, as browsers show it: `AB:CD:…`."""
        der = ssl.PEM_cert_to_DER_cert(self.file.read_text(encoding="ascii"))
        return hashlib.sha256(der).digest().hex(":").upper()

    def context(self) -> ssl.SSLContext:
        """Return what a server needs to use it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file, self.key)
        return context


def self_signed(address: str, folder: Path) -> Certificate:
    """Make a certificate for an IP address, with openssl.

    Args:
        address: that the certificate is for (subjectAltName).
        folder: where it goes; the caller deletes it.

    Raises:
        MissingDependencyError: openssl is not installed.
        OutputError: openssl fails.
    """
    program = shutil.which("openssl")
    if program is None:
        raise MissingDependencyError(
            "openssl, which makes the certificate, is not installed; on Debian: sudo apt install openssl"
        )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.key.touch(mode=0o600)
    words = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"]
    words += ["-days", str(_DAYS), "-subj", "/CN=FieldLens", "-keyout", str(made.key), "-out", str(made.file)]
    for extension in (
        f"subjectAltName=IP:{ipaddress.ip_address(address)}",
        "basicConstraints=critical,CA:FALSE",  # a leaf: whoever trusts it trusts this page and no other
        "keyUsage=critical,digitalSignature",
        "extendedKeyUsage=serverAuth",
    ):
        words += ["-addext", extension]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OutputError(f"openssl made no certificate for {address} ({reason}); it has to be version 1.1.1 or newer")
    return made
