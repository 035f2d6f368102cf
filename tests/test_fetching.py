"""Addresses that somebody else wrote lead to the public internet, and nowhere else."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parution import fetching
from parution.fetching import Address, Fetched, Fetcher, NotFetched, is_public

PUBLIC = ipaddress.ip_address("93.184.216.34")
PICTURE = b"\x89PNG\r\n\x1a\n"


class Net(httpx.BaseTransport):
    """The internet as a test has it: what each host answers, and where one connected to."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self._answer = answer or (
            lambda _: httpx.Response(
                200, headers={"Content-Type": "image/png"}, stream=httpx.ByteStream(PICTURE)
            )
        )
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer(request)


def everywhere(host: str) -> Sequence[Address]:
    """A name server that knows every name; a number is itself, as getaddrinfo has it."""
    try:
        return [ipaddress.ip_address(socket.inet_ntoa(socket.inet_aton(host)))]
    except OSError:
        return [PUBLIC]


def fetched(url: str, net: Net | None = None, resolve: fetching.Resolve = everywhere) -> Fetched | NotFetched:
    return Fetcher(resolve, net or Net()).fetch(url, ("image/",), 1_000)


# ---------------------------------------------------------------- addresses by what they say
@pytest.mark.parametrize(
    "url",
    [
        "http://martin.example/a.png",
        "HTTP://martin.example/a.png",
        "ftp://martin.example/a.png",
        "file:///etc/passwd",
        "gopher://martin.example:70/_GET",
        "dict://127.0.0.1:11211/stat",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//martin.example/a.png",
        "martin.example/a.png",
        "",
        "https://",
        "https:///a.png",
        "https://127.0.0.1/a.png",
        "https://127.1/a.png",
        "https://0/a.png",
        "https://0.0.0.0/a.png",
        "https://0x7f.1/a.png",
        "https://0x7f000001/a.png",
        "https://0177.0.0.1/a.png",
        "https://2130706433/a.png",
        "https://017700000001/a.png",
        "https://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "https://[::1]/a.png",
        "https://[::]/a.png",
        "https://[::ffff:a9fe:a9fe]/a.png",
        "https://[::ffff:169.254.169.254]/a.png",
        "https://[fd00:ec2::254]/latest/meta-data/",
        "https://[fe80::1%25eth0]/a.png",
        "https://[fe80::1%eth0]/a.png",
        "https://[64:ff9b::a9fe:a9fe]/a.png",
        "https://[2002:7f00:1::]/a.png",
        "https://93.184.216.34/a.png",
        "https://[2606:2800:220:1::1]/a.png",
        "https://localhost/a.png",
        "https://localhost:9001/2018-06-01/runtime/invocation/next",
        "https://localhost./a.png",
        "https://metadata/computeMetadata/v1/",
        "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/a.png",
        "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/a.png",
        "https://127\u30020\u30020\u30021/a.png",
        "https://martin.example:8443/a.png",
        "https://martin.example:22/",
        "https://martin.example:99999/",
        "https://martin.example:port/",
        "https://user@martin.example/a.png",
        "https://user:secret@martin.example/a.png",
        "https://martin.example@127.0.0.1/a.png",
        "https://127.0.0.1#@martin.example/",
        "https://127.0.0.1\\@martin.example/",
        "https://martin.example\\.evil.example/",
        "https://martin .example/a.png",
        "https://martin.example/a.png\r\nHost: localhost",
        "https://martin.example/\x00a.png",
        "https://martin..example/a.png",
        "https://-martin.example/a.png",
        "https://martin.example-/a.png",
        "https://martin.7/a.png",
        "https://martin.0x7f/a.png",
        "https://" + "a" * 64 + ".example/a.png",
        "https://martin.example/" + "a" * 2_100,
        "https://[martin.example/a.png",
        "https://ma%72tin.example/a.png",
        "https://martin.example%2f@127.0.0.1/",
        "https://xn--/a.png",
    ],
)
def test_an_address_that_is_not_one_of_the_public_web_is_not_even_asked(url: str) -> None:
    net = Net()

    outcome = fetched(url, net)

    assert isinstance(outcome, NotFetched)
    assert net.asked == []
    assert not outcome.passing or outcome.reason == "its host is not known"


# ---------------------------------------------------------------- addresses by where they lead
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104 (an address that is refused)
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "169.254.170.2",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::",
        "2001:0:7f00:1:0:0:8000:1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_a_name_that_leads_to_a_private_place_is_refused(address: str) -> None:
    net, inward = Net(), ipaddress.ip_address(address)

    alone = fetched("https://rebinding.example/a.png", net, lambda _: [inward])
    among_others = fetched("https://rebinding.example/a.png", net, lambda _: [PUBLIC, inward])

    assert alone == among_others == NotFetched("its host is not on the public internet")
    assert net.asked == []


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::8.8.8.8"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_one_connects_to_the_address_that_was_checked_whatever_the_name_says_a_moment_later() -> None:
    told = iter([[PUBLIC], [ipaddress.ip_address("127.0.0.1")]])
    net = Net()

    outcome = fetched("https://Rebinding.Example./a.png?b=1", net, lambda _: next(told))

    (request,) = net.asked
    assert isinstance(outcome, Fetched)
    assert str(request.url) == "https://93.184.216.34/a.png?b=1"
    assert request.headers["Host"] == "rebinding.example"
    assert request.extensions["sni_hostname"] == "rebinding.example"


def test_a_name_in_other_letters_is_resolved_as_it_is_written_in_ascii() -> None:
    net = Net()

    fetched("https://bûche.example/a.png", net)

    assert [request.headers["Host"] for request in net.asked] == ["xn--bche-vra.example"]


def test_a_host_that_nobody_knows_may_be_known_later() -> None:
    assert fetched("https://martin.example/", Net(), lambda _: []) == NotFetched(
        "its host is not known", passing=True
    )


# ---------------------------------------------------------------- redirects
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "http://martin.example/",
        "file:///etc/passwd",
        "//localhost/",
        "https://inside.example/",
    ],
)
def test_a_redirect_is_checked_like_an_address_of_its_own(location: str) -> None:
    net = Net(lambda _: httpx.Response(302, headers={"Location": location}))

    def resolve(host: str) -> Sequence[Address]:
        return [ipaddress.ip_address("10.0.0.1")] if host == "inside.example" else [PUBLIC]

    assert isinstance(fetched("https://martin.example/a.png", net, resolve), NotFetched)
    assert len(net.asked) == 1


def test_a_few_redirects_are_followed_and_no_more() -> None:
    def goes_on(request: httpx.Request) -> httpx.Response:
        step = int(request.url.path.strip("/") or 0)
        if step == last:
            return httpx.Response(
                200, headers={"Content-Type": "image/png"}, stream=httpx.ByteStream(PICTURE)
            )
        return httpx.Response(302, headers={"Location": f"/{step + 1}"})

    last = 3
    found = fetched("https://martin.example/0", Net(goes_on))
    last = 4
    lost = fetched("https://martin.example/0", Net(goes_on))

    assert found == Fetched("https://martin.example/3", "image/png", PICTURE)
    assert lost == NotFetched("it leads on and on: 3 redirects are followed")


# ---------------------------------------------------------------- what lies there
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(404), "its server answered 404"),
        (httpx.Response(503), "its server answered 503"),
        (
            httpx.Response(200, headers={"Content-Type": "text/html"}, stream=httpx.ByteStream(b"<")),
            "it is text/html, not image/",
        ),
        (httpx.Response(200, stream=httpx.ByteStream(PICTURE)), "it is of no stated kind, not image/"),
        (
            httpx.Response(200, headers={"Content-Type": "image/png"}, stream=httpx.ByteStream(bytes(1_001))),
            "it is larger than 1,000 bytes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_as_it_was_asked_for_is_not_taken(answer: httpx.Response, reason: str) -> None:
    outcome = fetched("https://martin.example/a.png", Net(lambda _: answer))

    assert outcome == NotFetched(reason, passing=answer.status_code == 503)


def test_what_is_packed_is_not_unpacked() -> None:
    packed = httpx.Response(
        200,
        headers={"Content-Type": "image/png", "Content-Encoding": "gzip"},
        stream=httpx.ByteStream(b"\x1f\x8b"),
    )

    outcome = fetched("https://martin.example/a.png", Net(lambda _: packed))

    assert outcome == NotFetched("its server sends it packed, though asked not to")


class Endless(httpx.SyncByteStream):
    def __init__(self) -> None:
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.read += 1
            yield b"."


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    body = Endless()
    net = Net(lambda _: httpx.Response(200, headers={"Content-Type": "image/png"}, stream=body))

    assert fetched("https://martin.example/a.png", net) == NotFetched("it is larger than 1,000 bytes")
    assert body.read == 1_001


def test_a_server_that_drips_is_left() -> None:
    times = iter(range(0, 10_000, 3))
    net = Net(lambda _: httpx.Response(200, headers={"Content-Type": "image/png"}, stream=Endless()))

    outcome = Fetcher(everywhere, net, clock=lambda: next(times)).fetch(
        "https://a.example/", ("image/",), 1_000
    )

    assert outcome == NotFetched("its server is too slow", passing=True)


# ---------------------------------------------------------------- a real connection
def certified(folder: Path, name: str) -> Path:
    """Write a certificate of a name, signed by itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path = folder / "both.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.mark.parametrize(("name", "is_found"), [("martin.example", True), ("another.example", False)])
def test_the_certificate_is_that_of_the_named_host_and_not_of_a_number(
    name: str, *, is_found: bool, tmp_path: Path
) -> None:
    both = certified(tmp_path, "martin.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(both)
    trusting = ssl.create_default_context(cafile=str(both))
    asked: list[bytes] = []

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            try:
                with serving.wrap_socket(connection, server_side=True) as secure:
                    asked.append(secure.recv(10_000))
                    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 8\r\n\r\n"
                    secure.sendall(head + PICTURE)
            except ssl.SSLError:
                pass

    class ToOurPort(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.url = request.url.copy_with(host="127.0.0.1", port=listening.getsockname()[1])
            return super().handle_request(request)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        with ToOurPort(verify=trusting) as inner:
            outcome = Fetcher(lambda _: [PUBLIC], inner).fetch(f"https://{name}/a.png", ("image/",), 1_000)
        server.join(5)

    assert isinstance(outcome, Fetched) is is_found
    assert asked == [] or b"Host: martin.example\r\n" in asked[0]
