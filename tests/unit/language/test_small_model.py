"""The second opinion says what py3langid says."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from detectors.language.small_model import SmallModel

WEIGHED: Final = ("nl", "en", "de", "fr", "es", "da", "xx", "ru")


@pytest.fixture(scope="module")
def whole() -> LanguageIdentifier:
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([code for code in WEIGHED if code != "xx"])
    return model


@pytest.fixture(scope="module")
def small() -> SmallModel:
    return SmallModel(WEIGHED)


@given(st.text() | st.text("aeinrstdké çøßñыйж\u212a0!", max_size=200))
@settings(max_examples=300)
def test_any_text_in_lower_case_gets_the_same_answer(
    whole: LanguageIdentifier, small: SmallModel, text: str
) -> None:
    lower = text.lower()
    assert small.rank(lower) == whole.rank(lower)


def test_its_automaton_takes_two_thirds_of_the_room(
    whole: LanguageIdentifier, small: SmallModel
) -> None:
    assert len(small.tk_nextmove) < 0.7 * len(whole.tk_nextmove)
    assert small.rank("de trein staat weer stil en niemand zegt iets")[0][0] == "nl"
