"""A mail server for tests: options as one JSON line in, its port and then every mail as JSON lines out; "so far" for each further line in."""
import asyncio, datetime, email, email.policy, ipaddress, json, logging, ssl, sys, tempfile

from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail.log").setLevel(logging.CRITICAL)
options = json.loads(sys.stdin.readline())
refuse = dict(options["refuse"])


def say(value):
    print(json.dumps(value), flush=True)


def certificates():
    """An authority, and a certificate of 127.0.0.1 by it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.datetime.now(datetime.timezone.utc)

    def make(name, issuer, key, signer, extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = make(
        "test authority", "test authority", authority_key, authority_key,
        [(x509.BasicConstraints(ca=True, path_length=None), True)],
    )
    leaf = make(
        "127.0.0.1", "test authority", key, authority_key,
        [
            (x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
        ],
    )
    pem = serialization.Encoding.PEM
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(leaf.public_bytes(pem))
        file.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        file.flush()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file.name)
    return context, authority.public_bytes(pem).decode()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in refuse:
            return refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: (mail.get_body((kind,)).get_content() if mail.get_body((kind,)) else "")
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "text": part("plain"),
            "html": part("html"),
            "tls": session.ssl is not None,
            "user": session.auth_data if isinstance(session.auth_data, str) else None,
        })
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    if [user, password] == list(options["credentials"]):
        return AuthResult(success=True, auth_data=user)
    return AuthResult(success=False, handled=False)


class Silent(asyncio.Protocol):
    pass


async def main():
    loop = asyncio.get_running_loop()
    context, certificate = certificates() if options["starttls"] else (None, None)
    settings = {"hostname": "mail.test"}
    if context:
        settings |= {"tls_context": context, "require_starttls": True}
    if options["credentials"]:
        settings |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": bool(context)}
    make = Silent if options["silent"] else (lambda: SMTP(Handler(), loop=loop, **settings))
    server = await loop.create_server(make, "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1], "certificate": certificate})
    # A line asks how far it has come; the end of the input is the signal to stop.
    while await loop.run_in_executor(None, sys.stdin.readline):
        say("so far")


asyncio.run(main())
