"""The guard for URLs that somebody typed; no packet leaves these tests."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from sinks.net import Outbound, OutboundError, check_url, checked_addresses, is_public, retry_after


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450:400e::200e", "::ffff:1.1.1.1",
     "64:ff9b::101:101"],
)  # fmt: skip
def test_addresses_of_the_public_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind to
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public_however_they_are_wrapped(address: str) -> None:
    assert not is_public(address)


KEYS_ARE_HANDED_OUT = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::a9fe:a9fe%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "::ffff:169.254.169.254",
    "2002:a9fe:a9fe::",
    "64:ff9b::a9fe:a9fe",
]


@pytest.mark.parametrize("address", KEYS_ARE_HANDED_OUT)
async def test_where_a_cloud_hands_out_keys_is_refused_also_where_private_ones_are_allowed(
    address: str,
) -> None:
    client, _ = outbound(address, allow_private=True, allow_http=True)
    with pytest.raises(OutboundError, match=r"^inside\.example leads to where a cloud") as refused:
        await client.request("GET", "http://inside.example/latest", headers={})
    assert not refused.value.retryable


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "fd00::1", "::1", "1.1.1.1"])
async def test_other_private_addresses_are_taken_where_they_are_allowed(address: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return KEYS_ARE_HANDED_OUT[0], address

    url = httpx.URL("https://inside.example/")
    assert await checked_addresses(url, allow_private=True, resolve=resolve) == [address]


def outbound(*addresses: str, **settings: bool) -> tuple[Outbound, list[tuple[str, int]]]:
    """A client to whom every name has these addresses, and what it looked up."""
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        if not addresses:
            raise OSError("no such name")
        return addresses

    return Outbound(resolve=resolve, timeout=2.0, **settings), asked


async def test_a_name_that_leads_inside_is_refused_for_good() -> None:
    client, asked = outbound("10.0.0.7", "::1")
    with pytest.raises(OutboundError, match=r"inside\.example has no public address") as refused:
        await client.request("POST", "https://inside.example/hushhush", headers={})
    assert not refused.value.retryable
    assert "hushhush" not in str(refused.value)
    assert asked == [("inside.example", 443)]


async def test_a_name_that_cannot_be_looked_up_may_be_later() -> None:
    client, _ = outbound()
    with pytest.raises(OutboundError, match=r"can't look up gone\.example") as failed:
        await client.request("GET", "https://gone.example/", headers={})
    assert failed.value.retryable


async def test_http_is_refused_before_anything_is_looked_up() -> None:
    client, asked = outbound("1.1.1.1")
    with pytest.raises(ValueError, match="begins with https://"):
        await client.request("GET", "http://plain.example/", headers={})
    assert asked == []


@pytest.mark.parametrize(
    ("url", "allow_http", "mend"),
    [
        ("http://a.example/", False, "begins with https://"),
        ("ftp://a.example/", True, "begins with http://"),
        ("file:///etc/passwd", True, "begins with http://"),
        ("a.example/path", False, "begins with https://"),
        ("https:///path", False, "with a host"),
        ("https://a.example:seventy/", False, "such as https://"),
        ("https://me:word@a.example/", False, "without user name"),
    ],
)
def test_urls_that_are_refused(url: str, allow_http: bool, mend: str) -> None:
    with pytest.raises(ValueError, match=mend) as refused:
        check_url(url, allow_http=allow_http)
    assert "word" not in str(refused.value).replace("password", "")


def test_http_is_taken_where_it_is_allowed() -> None:
    assert check_url("http://a.example:8080/x", allow_http=True).port == 8080


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sat, 14 Mar 2026 14:02:00 GMT", 120.0),
        ("Sat, 14 Mar 2026 13:00:00 GMT", 0.0),
        ("Sat, 14 Mar 2026 14:02:00", 120.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("1e999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str, seconds: float | None) -> None:
    now = datetime(2026, 3, 14, 14, 0, tzinfo=UTC)
    assert retry_after(httpx.Headers({"Retry-After": header}), now) == seconds


def test_without_the_header_nothing_was_asked_for() -> None:
    assert retry_after(httpx.Headers()) is None
