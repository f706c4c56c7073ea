"""RSS, Atom and JSON Feed become the same items."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detectors.records import Mention
from listener.connectors.feed.item import Item, NotAFeed, direct
from listener.connectors.feed.jsonfeed import items_of_json
from listener.connectors.feed.xml import items_of_xml

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
URL = "https://news.example/feeds/all"

RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>News</title><language>nl-nl</language>
<item><title>Storing bij &lt;b&gt;Zilvernet&lt;/b&gt;</title><link>/storing</link>
<guid isPermaLink="false">n-1</guid><pubDate>Sun, 22 Nov 2026 13:30:00 +0100</pubDate>
<author>redactie@news.example (Ans)</author>
<description>&lt;p&gt;Klanten klagen &amp;amp; wachten.&lt;/p&gt;</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>t</title>
<entry><title>Kein Netz bei Zilvernet</title><id>tag:news.example,2026:1</id>
<link href="https://news.example/1"/><updated>2026-11-22T13:45:00Z</updated>
<published>2026-11-22T13:30:00Z</published><author><name>Uwe</name></author>
<content type="html">&lt;p&gt;Seit &lt;b&gt;Stunden&lt;/b&gt; &#228;rger&lt;/p&gt;</content>
</entry></feed>"""

JSON_FEED: dict[str, object] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "News",
    "language": "en",
    "authors": [{"name": "The desk"}],
    "items": [
        {
            "id": 7,
            "url": "/7",
            "title": "Zilvernet is down",
            "content_html": "<p>For <b>hours</b> now</p>",
            "date_published": "2026-11-22T14:30:00+01:00",
        }
    ],
}


def from_json(**item: object) -> Item:
    feed = {**JSON_FEED, "items": [{"id": "1", **item}]}
    [found] = items_of_json(json.dumps(feed).encode(), URL)
    return found


def mention(item: Item) -> Mention:
    return item.mention(now=NOW, source="news.example", kind="news")


def test_rss() -> None:
    [item] = items_of_xml(RSS, URL, "application/rss+xml")
    assert mention(item) == Mention(
        id="n-1",
        text="Storing bij Zilvernet\nKlanten klagen & wachten.",
        published_at=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
        source="news.example",
        kind="news",
        author="redactie@news.example (Ans)",
        url="https://news.example/storing",
        language="nl-nl",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_atom_in_any_encoding_by_publication_and_not_by_update(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    [item] = items_of_xml((head + ATOM).encode(encoding), URL, "application/atom+xml")
    assert mention(item) == Mention(
        id="tag:news.example,2026:1",
        text="Kein Netz bei Zilvernet\nSeit Stunden ärger",
        published_at=datetime(2026, 11, 22, 13, 30, tzinfo=UTC),
        source="news.example",
        kind="news",
        author="Uwe",
        url="https://news.example/1",
        language="de",
    )


def test_json_feed() -> None:
    [item] = items_of_json(b"\xef\xbb\xbf" + json.dumps(JSON_FEED).encode(), URL)
    assert mention(item) == Mention(
        id="7",
        text="Zilvernet is down\nFor hours now",
        published_at=datetime(2026, 11, 22, 13, 30, tzinfo=UTC),
        source="news.example",
        kind="news",
        author="The desk",
        url="https://news.example/7",
        language="en",
    )


def test_json_feed_of_the_first_version_has_one_author() -> None:
    assert from_json(author={"name": "Bo"}, content_text="a <b> c") == Item(
        "1", "", "a <b> c", None, "Bo", None, "en"
    )


@pytest.mark.parametrize("value", [None, 7, [], {}, "x" * 100_000, "\ud800", "http://[", ""])
def test_json_feed_of_a_strange_shape_still_gives_its_words(value: object) -> None:
    fields = ("url", "authors", "author", "date_published", "language", "content_html", "summary")
    item = from_json(content_text="words", **dict.fromkeys(fields, value))
    assert mention(item).text == "words"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"version": 1}', b'{"version": "https://jsonfeed.org/version/1"}']
)
def test_json_that_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        items_of_json(body, URL)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<html><body><p>404</p></body></html>", b"\x00\xff" * 500]
)
def test_what_is_neither_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        items_of_xml(body, URL, "text/html")


def test_a_document_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(RSS)
    with pytest.raises(NotAFeed):
        items_of_xml(str(secret).encode(), URL, "application/rss+xml")


def test_entities_that_multiply_do_not() -> None:
    entities = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "aaaaaaaaaa"}">' for n in range(10)
    )
    body = f"<!DOCTYPE x [{entities}]><rss version='2.0'><channel><item><title>&a9;</title></item>"
    assert all(len(item.title) < 1000 for item in items_of_xml(body.encode(), URL, "text/xml"))


def test_broken_xml_gives_what_can_be_read() -> None:
    body = RSS.replace(b"</channel></rss>", b"<item><title>Second & last</title><link>")
    titles = [item.title for item in items_of_xml(body, URL, "text/html; charset=nonsense")]
    assert titles == ["Storing bij Zilvernet", "Second & last"]


@pytest.mark.parametrize(
    "date", ["", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 22 Nov 2069 00:00:00 GMT"]
)
def test_a_date_that_is_missing_or_cannot_be_counts_as_now(date: str) -> None:
    body = RSS.replace(b"Sun, 22 Nov 2026 13:30:00 +0100", date.encode())
    [item] = items_of_xml(body, URL, "application/rss+xml")
    assert mention(item).published_at == NOW


def test_a_body_that_begins_with_its_title_is_not_said_twice() -> None:
    assert from_json(title="Down", content_text="Down again today").text == "Down again today"


def test_without_an_id_the_link_is_one_and_without_a_link_the_text() -> None:
    def item(guid: str | None, link: str | None, body: str = "b") -> Item:
        return Item(guid, "", body, link, None, None, None)

    assert item("g", "https://a.example/1").id == "g"
    assert item(None, "https://a.example/1").id == "https://a.example/1"
    assert item(None, None, "x").id == item(None, None, "x").id != item(None, None, "y").id
    long = "https://a.example/" + "x" * 600
    assert item(None, long + "1").id != item(None, long + "2").id
    assert mention(item(None, long)).url is None


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://a.example/b%3Fc%3D1&ct=ga&usg=X",
            "https://a.example/b?c=1",
        ),
        ("https://google.co.uk/url?q=http://a.example/", "http://a.example/"),
        ("https://www.google.com/url?rct=j", "https://www.google.com/url?rct=j"),
        ("https://www.google.com/url?url=javascript:x", "https://www.google.com/url?url=javascript:x"),
        ("https://google.evil.example/url?url=https://a.example", "https://google.evil.example/url?url=https://a.example"),
        ("https://a.example/url?url=https://b.example", "https://a.example/url?url=https://b.example"),
        ("http://[", "http://["),
        (None, None),
        ("", None),
    ],
)  # fmt: skip
def test_a_link_through_google_is_followed_on_paper(link: str | None, leads_to: str | None) -> None:
    assert direct(link) == leads_to


def test_a_page_found_by_two_alerts_is_one_mention() -> None:
    link = "https://www.google.com/url?url=https://a.example/1&usg="
    one = Item("tag:google.com,1", "", "b", link + "X", None, None, None)
    two = Item("tag:google.com,2", "", "b", link + "Y", None, None, None)
    assert one.id == two.id == "https://a.example/1"
