"""What is told of a source's failure: what was written to be read, and nothing by mistake."""

import pytest

from listener.connectors import RetryLater
from listener.connectors.http import SourceError
from listener.source_errors import told
from sinks.net import OutboundError


def test_errors_that_are_meant_to_be_read_are_told_in_one_line() -> None:
    assert told(SourceError("forum.example\nanswered 503")) == "forum.example answered 503"
    assert told(RetryLater("busy", 3)) == "busy"
    assert told(OutboundError("can't look up forum.example", retryable=True)).endswith("example")
    assert told(TimeoutError()) == "TimeoutError"


def test_what_a_source_says_of_itself_can_be_stored_and_shown() -> None:
    assert told(SourceError("x.example: \ud800 \x1b[2J is no query")) == (
        "x.example: \ufffd [2J is no query"
    )


def test_of_a_mistake_of_ours_the_kind_and_the_place_are_told_and_not_what_it_quotes() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - int's own
        int("token=hunter2")
    said = told(caught.value)
    assert said.startswith("ValueError at test_source_errors.py:")
    assert "hunter2" not in said
