"""A mail server that keeps what it is sent: plain, with STARTTLS, and with TLS from the first byte."""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder = sys.argv[1]
with open(f"{folder}/options.json", encoding="utf-8") as file:
    options = json.load(file)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("nobody@"):
            return "550 5.1.1 nobody of that name here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        taken = {
            "over_tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data,
            "hello": session.host_name,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": message.get_content(),
        }
        with open(f"{folder}/taken.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(taken) + "\n")
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = (
        isinstance(data, LoginPassword)
        and data.login.decode() == options["username"]
        and data.password.decode() == options["password"]
    )
    return AuthResult(success=right, handled=False, auth_data=options["username"] if right else None)


async def main():
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
    handler = Handler()

    def plain():
        return SMTP(handler, hostname="mail.test", loop=loop)

    def starttls():
        return SMTP(
            handler,
            hostname="mail.test",
            loop=loop,
            tls_context=context,
            require_starttls=True,
            authenticator=authenticate,
            auth_required=True,
        )

    def tls():
        return SMTP(
            handler,
            hostname="mail.test",
            loop=loop,
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=False,
        )

    servers = [
        await loop.create_server(plain, "127.0.0.1", 0),
        await loop.create_server(starttls, "127.0.0.1", 0),
        await loop.create_server(tls, "127.0.0.1", 0, ssl=context),
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print("ready:", *ports, flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
