"""The right analyser for a text: its language, the operator's words, the brand's words."""

from detectors.sentiment import SentimentScorer, parse_lexicon


def test_a_language_without_an_analyser_is_unscored_not_neutral() -> None:
    scored = SentimentScorer().score("szuper", "hu")
    assert (scored.label, scored.compound, scored.analyser) == ("unscored", None, None)
    assert SentimentScorer().explain("szuper", "hu") is None


def test_the_score_names_its_analyser() -> None:
    assert SentimentScorer().score("fijn", "nl").analyser == "listener-nl"
    assert SentimentScorer(plain_vader=True).score("fine", "en").analyser == "vader"
    assert SentimentScorer(plain_vader=True).score("fijn", "nl").analyser == "listener-nl"


def test_plain_vader_hears_no_complaint_where_the_layer_does() -> None:
    text = "still no bag after two days"
    assert SentimentScorer().score("flight delayed 3 hours", "en").label == "negative"
    assert SentimentScorer(plain_vader=True).score("flight due in 3 hours", "en").label == "neutral"
    ours, plain = (
        SentimentScorer().explain(text, "en"),
        SentimentScorer(plain_vader=True).explain(text, "en"),
    )
    assert ours is not None
    assert plain is not None
    assert [hit.words for hit in ours.hits] == ["still no", "bag"]
    assert [hit.words for hit in plain.hits] == ["no"]


def test_an_operator_adds_words_to_a_language() -> None:
    scorer = SentimentScorer(lexicons={"nl": parse_lexicon("glasvezeldrama\t-3\nfijn\t0")})
    assert scorer.score("glasvezeldrama", "nl").label == "negative"
    assert scorer.score("fijn", "nl").label == "neutral"
    assert scorer.score("slecht", "nl").label == "negative"


def test_an_operator_adds_a_whole_language() -> None:
    italian = parse_lexicon("bello\t2\nbrutto\t-2\n[negations]\nnon")
    scorer = SentimentScorer(lexicons={"it": italian})
    assert scorer.score("che bello", "it").label == "positive"
    assert scorer.score("non bello", "it").label == "negative"
    assert scorer.score("che bello", "it").analyser == "listener-it"


def test_a_word_may_mean_something_else_for_one_brand() -> None:
    scorer = SentimentScorer(brand_lexicons={"Hospital": parse_lexicon("ziek*\t0")})
    assert scorer.score("ziek", "nl").label == "negative"
    assert scorer.score("ziek", "nl", ["Bakery"]).label == "negative"
    assert scorer.score("ziek", "nl", ["Bakery", "Hospital"]).label == "neutral"
    explanation = scorer.explain("ziek", "nl", ["Hospital"])
    assert explanation is not None
    assert not explanation.hits


def test_a_brands_words_do_not_bring_an_analyser_to_a_language_without_one() -> None:
    scorer = SentimentScorer(
        brand_lexicons={"Bakery": parse_lexicon("szuper\t2")}, plain_vader=True
    )
    assert scorer.score("szuper", "hu", ["Bakery"]).label == "unscored"
    assert scorer.score("good", "en", ["Bakery"]).analyser == "vader"


def test_emoji_count_in_any_language_and_in_none() -> None:
    scored = SentimentScorer().score("szuper 😡😡", "hu")
    assert (scored.label, scored.analyser) == ("negative", "listener-symbols")
    assert SentimentScorer().score("🎉 :)", "other").label == "positive"
    explanation = SentimentScorer().explain("szuper 😡", "hu")
    assert explanation is not None
    assert [hit.words for hit in explanation.hits] == ["😡"]
