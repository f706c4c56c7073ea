"""What the manual and the example configuration say of queries holds."""

import re
from pathlib import Path

import pytest
import yaml

from listener.queries.parser import parse_query

ROOT = Path(__file__).resolve().parents[3]
MANUAL = (ROOT / "docs" / "queries.md").read_text("utf-8")
LANGUAGE = MANUAL.partition("## The language")[2].partition("\n\n- ")[0]
EXAMPLES = [
    example
    for row in LANGUAGE.splitlines()[4:]
    for example in re.findall("`([^`]+)`", row.rpartition(" | ")[2])
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_manuals_examples_are_queries(example: str) -> None:
    parse_query(example)


def test_the_manual_has_an_example_of_every_row() -> None:
    assert len(EXAMPLES) >= 18


def test_the_commented_example_of_the_configuration_is_right() -> None:
    lines = (ROOT / "config" / "listener.yaml").read_text("utf-8").splitlines()
    start = lines.index("#  - name: Kwik")
    example = "\n".join(line.removeprefix("#") for line in lines[start : start + 5])
    (brand,) = yaml.safe_load(example)
    parse_query(brand["query"])
    assert brand["own_accounts"] == ["@kwik", "kwik.bsky.social"]
