"""TLS between asker, scheduler and workers: one certificate, and who has it belongs to the cluster.

The authority signs it and is forgotten at once: nobody can make a second one, and a new cluster
gets new files. RFC 5280; Dask asks for a certificate of the same authority on both sides.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed.security import Security
from platformdirs import user_config_path

from fclab.values.errors import UsageError
from fclab.values.files import write_atomic

AUTHORITY, CERTIFICATE, KEY = "authority.pem", "certificate.pem", "key.pem"
DAYS: Final = 730


def default_folder() -> Path:
    """Where certificates are, if no other folder is named: FCLAB_CERTIFICATES, or with the
    settings of the user."""
    named = os.environ.get("FCLAB_CERTIFICATES")
    return Path(named) if named else user_config_path("fclab", appauthor=False) / "certificates"


def make_certificates(folder: Path, *, days: int = DAYS) -> tuple[Path, ...]:
    """Write a new authority's certificate, and one that it signed with its key.

    Args:
        folder: made where it is not there; its files are to be on every machine of the cluster.
        days: for which they hold.

    Returns:
        The files.

    Raises:
        UsageError: there are certificates already, which machines may be using.
        FclabError: the folder cannot be written.
    """
    files = tuple(folder / name for name in (AUTHORITY, CERTIFICATE, KEY))
    if there := [path for path in files if path.exists()]:
        raise UsageError(
            "{path} is there already: copy the folder to the machines of the cluster, or name "
            "another one with --out",
            path=there[0],
        )
    now = datetime.now(UTC)
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _name("fclab cluster authority")
    begun = (now - timedelta(days=1), now + timedelta(days=days))  # clocks differ
    root = (
        _builder(issuer, issuer, authority.public_key(), *begun)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _builder(_name("fclab cluster"), issuer, key.public_key(), *begun)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(authority, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    for path, content in zip(
        files, (root.public_bytes(pem), leaf.public_bytes(pem), secret), strict=True
    ):
        write_atomic(path, content)
        path.chmod(0o600)
    return files


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def security_of(folder: Path) -> Security:
    """TLS with the certificates of a folder, for whatever part of the cluster.

    Raises:
        UsageError: they are not there.
    """
    for path in (folder / name for name in (AUTHORITY, CERTIFICATE, KEY)):
        if not path.is_file():
            raise UsageError(
                "{path} is missing: make certificates with `fclab cluster certificates`, once, and "
                "copy them to every machine of the cluster",
                path=path,
            )
    certificate, key = str(folder / CERTIFICATE), str(folder / KEY)
    return Security(
        require_encryption=True, tls_ca_file=str(folder / AUTHORITY),
        tls_client_cert=certificate, tls_client_key=key, tls_worker_cert=certificate,
        tls_worker_key=key, tls_scheduler_cert=certificate, tls_scheduler_key=key,
    )  # fmt: skip
