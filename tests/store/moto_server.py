"""Serves moto's S3, plain and with TLS, and its STS with TLS until its input ends.

    python moto_server.py FOLDER [USER=POLICY.json]...

Prints the three ports. FOLDER gets `ca.pem`, which signed the certificate. With users, every
request has to be signed by one of them and allowed by its policy; `USER.json` in FOLDER has the
access key. There is one bucket, `ci-bucket`, with the object `evenshard/trusted/unit/other`.
"""

import datetime
import ipaddress
import json
import ssl
import sys
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto import settings
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCOUNT = "123456789012"


def certificates(folder: Path) -> tuple[Path, Path]:
    """Writes a CA and a certificate for 127.0.0.1."""

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)

    def builder(subject, key):
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("a CA of a test"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
        )

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = builder("a CA of a test", ca_key)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    ca = ca.sign(ca_key, hashes.SHA256())
    own = builder("127.0.0.1", key)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    own = own.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    own = own.sign(ca_key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "own.pem").write_bytes(own.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "own.key").write_bytes(secret)
    return folder / "own.pem", folder / "own.key"


checked = IAMRequestBase.check_signature


def check_signature(request: IAMRequestBase) -> None:
    """Leaves out requests with a query, which moto signs in another way than it was sent."""
    if "?" not in request._path:
        checked(request)


def users(folder: Path, policies: list[str]) -> None:
    iam = iam_backends[ACCOUNT]["aws"]
    for pair in policies:
        user, policy = pair.split("=", 1)
        iam.create_user("us-east-1", user)
        iam.put_user_policy(user, "only", Path(policy).read_text())
        key = iam.create_access_key(user)
        keys = {"id": key.access_key_id, "secret": key.secret_access_key}
        (folder / f"{user}.json").write_text(json.dumps(keys))
    if policies:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        IAMRequestBase.check_signature = check_signature


def main() -> None:
    folder = Path(sys.argv[1])
    s3 = s3_backends[ACCOUNT]["aws"]
    s3.create_bucket("ci-bucket", "us-east-1")
    s3.put_object("ci-bucket", "evenshard/trusted/unit/other", b"x")
    users(folder, sys.argv[2:])
    s3_app = DomainDispatcherApplication(create_backend_app)
    sts_app = create_backend_app("sts")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates(folder))
    servers = [
        make_server("127.0.0.1", 0, s3_app, threaded=True),
        make_server("127.0.0.1", 0, s3_app, threaded=True, ssl_context=context),
        make_server("127.0.0.1", 0, sts_app, threaded=True, ssl_context=context),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*(server.port for server in servers), flush=True)
    sys.stdin.read()


main()
