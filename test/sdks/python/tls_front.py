"""TLS in front of a plain port, with a certificate that is made anew: as a gateway stands behind a load balancer."""

import asyncio
import datetime
import ipaddress
import os
import ssl
import tempfile
import threading
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def make_certificate(path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = builder.add_extension(addresses, critical=False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8
    with open(path, "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        file.write(certificate.public_bytes(serialization.Encoding.PEM))


class TlsFront:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.certificate = os.path.join(self.folder.name, "certificate.pem")
        make_certificate(self.certificate)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate)
        self.ports = {}
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def url(self, plain):
        """The same address behind TLS, its path kept."""
        parts = urlsplit(plain)
        if parts.port not in self.ports:
            self.ports[parts.port] = asyncio.run_coroutine_threadsafe(self.listen(parts.port), self.loop).result()
        return f"https://{HOST}:{self.ports[parts.port]}{parts.path}"

    async def listen(self, port):
        async def join(reader, writer):
            answers, requests = await asyncio.open_connection(HOST, port)
            await asyncio.gather(pump(reader, requests), pump(answers, writer))

        server = await asyncio.start_server(join, HOST, 0, ssl=self.context)
        return server.sockets[0].getsockname()[1]


async def pump(source, sink):
    """Until either side ends; then the other is ended too."""
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    sink.close()
