"""On every engine: what was deleted is shown no more, and counts as if nothing had happened."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from detectors.records import Alert, Deletion
from listener.ingest import Portion
from tests.contracts.memory_engines import (
    OUTAGE,
    QUIET,
    START,
    STEP,
    Embedded,
    Engine,
    Kafka,
    an_outage,
)

NewEngine = Callable[[], Engine]


@pytest.fixture(params=[Embedded, Kafka])
def new_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewEngine:
    return lambda: request.param(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def portions() -> list[Portion]:
    return an_outage()


def with_deletions(
    portions: Sequence[Portion], after: datetime, *deletions: Deletion
) -> list[Portion]:
    """With those in the first portion that reaches beyond `after`."""
    place = next(n for n, portion in enumerate(portions) if (portion.watermark or START) > after)
    changed = replace(portions[place], deletions=deletions)
    return [*portions[:place], changed, *portions[place + 1 :]]


def counts_of(alerts: Iterable[Alert]) -> list[Alert]:
    """All of an alert that comes of counting."""
    return [replace(alert, posts=(), reason=replace(alert.reason, words=[])) for alert in alerts]


async def test_a_deleted_post_and_a_deleted_account_are_neither_kept_nor_shown_later(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    whole = new_engine()
    await whole.feed(portions)
    (alert,) = whole.alerts()
    # Later posts will outdo them: so far they are kept.
    portions = [portion for portion in portions if (portion.watermark or START) <= alert.at + STEP]
    usual = new_engine()
    await usual.feed(portions)
    assert usual.alerts() == [alert]
    first, second, *others = sorted(alert.posts, key=lambda post: post.published_at)
    assert second.published_at + STEP < alert.at, "there must be time to take it back"

    engine = new_engine()
    gone = Deletion("bluesky", id=first.id), Deletion("bluesky", author=second.author)
    await engine.feed(with_deletions(portions, second.published_at, *gone))
    assert counts_of(engine.alerts()) == counts_of(usual.alerts())
    assert [post for post in engine.alerts()[0].posts if post in alert.posts] == [
        post for post in alert.posts if post in others
    ]
    for text in (first.text, second.text):
        assert text.encode() in usual.state()
        assert text.encode() not in engine.state()


async def test_a_deletion_that_comes_again_after_a_restart_changes_nothing(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    engine = new_engine()
    await engine.feed(portions)
    victim = engine.alerts()[-1].posts[0]
    later = START + QUIET + OUTAGE + STEP
    gone = [Portion(deletions=[Deletion("bluesky", id=victim.id)], watermark=later)]
    counted = counts_of(engine.alerts())
    assert victim.text.encode() in engine.state()
    await engine.feed(gone)
    state = engine.state()
    assert victim.text.encode() not in state
    await engine.feed(gone)
    assert engine.state() == state
    assert counts_of(engine.alerts()) == counted


async def test_one_that_comes_with_its_own_mention_leaves_the_count_alone(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    def taken_back(portion: Portion) -> Portion:
        gone = [Deletion(mention.source, id=mention.id) for mention in portion.mentions]
        return replace(portion, deletions=gone)

    usual, engine = new_engine(), new_engine()
    await usual.feed(portions)
    await engine.feed(taken_back(portion) for portion in portions)
    assert counts_of(engine.alerts()) == counts_of(usual.alerts())
    assert not any(alert.posts or alert.reason.words for alert in engine.alerts())
    assert b"says number" not in engine.state()


async def test_deletions_of_what_spoke_of_no_brand_go_no_further(
    new_engine: NewEngine, portions: list[Portion]
) -> None:
    usual, engine = new_engine(), new_engine()
    await usual.feed(portions)
    strangers = [Deletion("bluesky", id=f"stranger{number}") for number in range(1200)]
    await engine.feed(with_deletions(portions, START + QUIET, *strangers))
    assert engine.alerts() == usual.alerts()
    assert engine.state() == usual.state()
