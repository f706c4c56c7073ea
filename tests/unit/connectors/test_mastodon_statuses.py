"""A status of Mastodon as a mention, and when it can't be read."""

from datetime import UTC, datetime

import pytest

from detectors.records import InvalidRecord, Mention
from listener.connectors.mastodon.statuses import Statuses, id_at, parse_id
from tests.sources.mastodon import Status, status

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
AT = datetime(2026, 11, 22, 13, 59, 57, 250_000, tzinfo=UTC)


def read(told: Status) -> Mention:
    mention = Statuses("mastodon.example").read(told, "mastodon.example", NOW)
    assert mention is not None
    return mention


def said(text: str = "Weer geen internet", **fields: object) -> Status:
    return status(1, text, AT, **fields)


def test_a_status_becomes_a_mention() -> None:
    number = id_at(AT) + 1
    assert read(said()) == Mention(
        id=f"mastodon.example/{number}",
        text="Weer geen internet",
        published_at=AT,
        source="mastodon",
        kind="microblog",
        author="anna@mastodon.example",
        url=f"https://mastodon.example/@anna/{number}",
        language="nl",
        reach=12,
    )


def test_it_is_the_same_on_every_instance() -> None:
    elsewhere = said(
        id=str(id_at(AT) + 9),
        account={"acct": "anna@mastodon.example", "followers_count": 12},
    )
    seen = Statuses("other.example").read(elsewhere, "other.example", NOW)
    assert seen == read(said())


@pytest.mark.parametrize(
    ("uri", "id_"),
    [
        ("https://A.example/users/anna/statuses/77", "a.example/77"),
        ("https://a.example/ap/users/12/statuses/77", "a.example/77"),
        ("https://a.example/users/anna/statuses/77/activity", "a.example/77"),
        ("https://a.example/objects/0b1c", "https://a.example/objects/0b1c"),
        ("https://a.example/users/anna/statuses/01H", "https://a.example/users/anna/statuses/01H"),
    ],
)
def test_its_address_is_its_name(uri: str, id_: str) -> None:
    assert read(said(uri=uri)).id == id_


def test_markup_is_taken_off_and_links_stay_whole() -> None:
    text = (
        '<p>Hoi <span class="h-card"><a href="https://x.example/@zilvernet" class="u-url mention">'
        "@<span>zilvernet</span></a></span>, zie "
        '<a href="https://blog.example/a"><span class="invisible">https://</span>'
        '<span class="ellipsis">blog.exam</span><span class="invisible">ple/a</span></a></p>'
        "<p>Werkt &#39;t&nbsp;nog?<br>Nee</p>"
    )
    assert read(said(content=text)).text == (
        "Hoi @zilvernet, zie https://blog.example/a\nWerkt 't nog?\nNee"
    )


def test_what_a_warning_says_belongs_to_it() -> None:
    assert read(said(spoiler_text="Storing Zilvernet")).text == (
        "Storing Zilvernet\nWeer geen internet"
    )


def test_an_answer_is_marked_as_one() -> None:
    assert read(said(in_reply_to_id="5")).is_reply


def test_a_boost_is_a_repost_with_the_words_of_the_original() -> None:
    original = said(uri="https://a.example/users/bo/statuses/77", url="https://a.example/@bo/77")
    boost = status(
        2, "", AT, uri="https://mastodon.example/users/anna/statuses/2/activity", reblog=original
    )
    mention = read(boost | {"content": ""})
    assert (mention.id, mention.repost_of) == ("mastodon.example/2", "a.example/77")
    assert mention.is_repost
    assert (mention.text, mention.language) == ("Weer geen internet", "nl")
    assert (mention.author, mention.url) == ("anna@mastodon.example", "https://a.example/@bo/77")


def test_a_picture_without_words_is_no_mention() -> None:
    assert Statuses("a.example").read(said(""), "a.example", NOW) is None


@pytest.mark.parametrize("count", [None, -1, "many", True])
def test_followers_that_are_not_told_are_not_counted(count: object) -> None:
    assert read(said(account={"acct": "anna", "followers_count": count})).reach is None


def test_a_time_to_come_counts_as_now() -> None:
    assert read(said(created_at="2031-01-01T00:00:00.000Z")).published_at == NOW


@pytest.mark.parametrize(
    "fields",
    [
        {"id": None},
        {"id": 17},
        {"id": "17a"},
        {"id": "²"},
        {"id": "9" * 20},
        {"uri": None},
        {"content": None},
        {"content": 7},
        {"account": None},
        {"account": {}},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"reblog": "x"},
        {"reblog": {}},
    ],
)
def test_a_status_of_another_shape_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        read(said() | fields)


def test_a_deletion_names_what_was_read_under_its_number() -> None:
    statuses = Statuses("mastodon.example")
    statuses.read(said(uri="https://a.example/users/bo/statuses/77"), "mastodon.example", NOW)
    assert statuses.name_of(id_at(AT) + 1) == "a.example/77"
    assert statuses.name_of(5) == "mastodon.example/5"


def test_ids_grow_with_time() -> None:
    assert id_at(AT) < id_at(NOW)
    assert parse_id(str(id_at(NOW))) == id_at(NOW)
    assert id_at(datetime(1969, 1, 1, tzinfo=UTC)) == 0
