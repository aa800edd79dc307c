"""Local OIDC issuer for tests, with real keys, on a loopback socket."""

import json
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jws, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

NAME = "https://login.example/realms/office"
AUDIENCE = "roundtable-register"
Key = RSAKey | ECKey | OKPKey


def new_keys() -> dict[str, Key]:
    """Returns a key for each algorithm. The key id is the one in the tokens."""
    return {
        "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
        "PS256": RSAKey.generate_key(2048, {"kid": "pss"}),
        "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
        "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    }


def published(keys: dict[str, Key]) -> str:
    return json.dumps(KeySet(list(keys.values())).as_dict(private=False))


def claims(**changed: Any) -> dict[str, Any]:
    """Returns the claims of a valid token, with some changed. None removes a claim."""
    now = int(time.time())
    good = {"iss": NAME, "aud": AUDIENCE, "sub": "4711", "exp": now + 300, "nbf": now, "iat": now, "roles": ["reader"]}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(key: Key, algorithm: str, header: dict[str, Any] | None = None, **changed: Any) -> str:
    head = {"alg": algorithm, "kid": key.kid, **(header or {})}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    with warnings.catch_warnings():
        # Issuers use the older algorithm name, for which the library warns.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode(head, claims(**changed), key, registry=registry)


class Issuing:
    """The issuer's response, and the number of requests it got."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.status = 200
        self.asked = 0
        self.address = ""


def certificate(folder: Path) -> Path:
    """Writes a self-signed certificate for loopback, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an office")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "issuer.pem"
    file.write_bytes(pem + made.public_bytes(Encoding.PEM))
    return file


@contextmanager
def issuing(body: str, *, tls: Path | None = None) -> Iterator[Issuing]:
    """Runs the issuer, with TLS if a certificate is passed."""
    state = Issuing(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            self.send_response(state.status)
            if 300 <= state.status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    state.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/keys"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def key_file(folder: Path, keys: dict[str, Key]) -> str:
    file = folder / "keys.json"
    file.write_text(published(keys), encoding="utf-8")
    return str(file)
