"""What the detector's tests begin with."""

import pytest

from tests.unit.detectors.streams import Stream


@pytest.fixture
def stream() -> Stream:
    """A brand with three usual days behind it."""
    return Stream.with_a_past()
