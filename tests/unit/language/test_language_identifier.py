"""Which language a text is in: one of those listened in, or other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.language import DEFAULT_LANGUAGES, OTHER, LanguageIdentifier

IDENTIFIER = LanguageIdentifier()

LISTENED = {
    "nl": [
        "Waarom doet mijn internet het alweer niet?",
        "lekker weertje vandaag",
        "wat een gedoe zeg",
        "ik sta al een uur te wachten op de bus",
        "Fijn dat jullie zo snel hebben gereageerd, dank!",
        "geen idee joh",
    ],
    "en": [
        "Why is my internet down again?",
        "lovely weather today",
        "what a mess",
        "I have been waiting for the bus for an hour",
        "thanks for the quick reply, much appreciated",
        "I have no clue what they are doing",
    ],
    "de": [
        "Warum geht mein Internet schon wieder nicht?",
        "schönes Wetter heute",
        "was für ein Durcheinander",
        "ich warte seit einer Stunde auf den Bus",
        "danke für die schnelle Antwort",
        "keine Ahnung",
    ],
    "fr": [
        "Pourquoi mon internet est encore en panne ?",
        "il fait beau aujourd'hui",
        "quel bazar",
        "j'attends le bus depuis une heure",
        "merci pour votre réponse rapide",
        "aucune idée",
    ],
    "es": [
        "¿Por qué no funciona otra vez mi internet?",
        "hace buen tiempo hoy",
        "qué desastre",
        "llevo una hora esperando el autobús",
        "gracias por contestar tan rápido",
        "no tengo ni idea de lo que hacen",
    ],
}
ELSEWHERE = [
    "Perché il treno è di nuovo in ritardo questa mattina?",
    "non riesco a entrare nel mio account da stamattina",
    "Por que o meu telefone não está a funcionar outra vez?",
    "muito obrigado pela ajuda, vocês são os melhores",
    "Hvorfor virker mit internet ikke igen i dag?",
    "Tak for hjælpen, det var rigtig sødt af jer",
    "Varför fungerar inte mitt internet igen?",
    "Tack så mycket för hjälpen, ni är bäst",
    "Hvorfor fungerer ikke nettet mitt igjen?",
    "Miksi netti ei taaskaan toimi tänään?",
    "Dlaczego mój internet znowu nie działa?",
    "dziękuję bardzo za szybką odpowiedź",
    "İnternetim neden yine çalışmıyor?",
    "yardımınız için çok teşekkür ederim",
    "Kenapa internet saya mati lagi hari ini?",
    "terima kasih banyak atas bantuannya",
    "De ce nu merge internetul din nou?",
    "Miért nem működik megint az internetem?",
    "Proč mi zase nefunguje internet?",
    "Hoekom werk my internet nie vandag nie, julle?",
    "Per què no funciona una altra vegada la meva connexió?",
    "Zašto mi opet ne radi internet?",
    "Tại sao mạng của tôi lại không hoạt động?",
    "Почему у меня снова не работает интернет?",
    "Γιατί δεν λειτουργεί πάλι το ίντερνετ μου;",
    "لماذا لا يعمل الإنترنت لدي مرة أخرى؟",
    "למה האינטרנט שלי שוב לא עובד?",
    "なぜまたインターネットが使えないのですか",
    "为什么我的网络又坏了",
    "왜 또 인터넷이 안 되나요",
    "मेरा इंटरनेट फिर से क्यों नहीं चल रहा है",
    "ทำไมอินเทอร์เน็ตของฉันใช้ไม่ได้อีกแล้ว",
]


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in LISTENED.items() for text in texts]
)
def test_the_languages_listened_in_are_known(language: str, text: str) -> None:
    assert IDENTIFIER.identify(text).code == language


def test_other_languages_are_not_forced_into_those_listened_in() -> None:
    found = [IDENTIFIER.identify(text).code for text in ELSEWHERE]
    assert found.count(OTHER) >= 0.9 * len(ELSEWHERE), dict(zip(ELSEWHERE, found, strict=True))


def test_what_is_not_listened_in_is_other() -> None:
    identifier = LanguageIdentifier(["nl", "it"])
    assert identifier.identify(LISTENED["en"][3]).code == OTHER
    assert identifier.identify(ELSEWHERE[0]).code == "it"


def test_who_listens_in_one_language_is_not_told_that_everything_is_in_it() -> None:
    identifier = LanguageIdentifier(["nl"])
    assert all(identifier.identify(text).code == "nl" for text in LISTENED["nl"])
    others = [text for language in ("en", "de", "fr", "es") for text in LISTENED[language]]
    found = [identifier.identify(text).code for text in others]
    assert found.count(OTHER) >= 0.9 * len(others), dict(zip(others, found, strict=True))


def test_any_language_that_has_a_profile_can_be_listened_in() -> None:
    identifier = LanguageIdentifier(["ru", "el", "nl"])
    assert identifier.identify(ELSEWHERE[23]).code == "ru"
    assert identifier.identify(ELSEWHERE[24]).code == "el"


@pytest.mark.parametrize("declared", ["nl", "NL", "nl-BE", "nl_NL"])
def test_what_the_source_declares_stands(declared: str) -> None:
    language = IDENTIFIER.identify("ok!", declared)
    assert (language.code, language.confidence) == ("nl", 1.0)


def test_what_the_source_declares_need_not_be_listened_in() -> None:
    assert IDENTIFIER.identify("ok!", "ja").code == OTHER
    assert LanguageIdentifier(["xx", "nl"]).identify("ok!", "xx").code == "xx"


def test_a_text_that_plainly_is_in_another_language_speaks_for_itself() -> None:
    assert IDENTIFIER.identify(LISTENED["nl"][3], "en").code == "nl"


@pytest.mark.parametrize("text", ["happy birthday", "good morning", "love this band"])
def test_a_few_words_do_not_outweigh_what_the_source_declares(text: str) -> None:
    assert IDENTIFIER.identify(text, "nl").code == "nl"
    assert IDENTIFIER.identify(text).code == "en"


@pytest.mark.parametrize("declared", [None, "", "und", "x", "English", "??"])
def test_a_declaration_that_says_nothing_is_passed_over(declared: str | None) -> None:
    assert IDENTIFIER.identify(LISTENED["de"][0], declared).code == "de"


@pytest.mark.parametrize("text", ["", "   ", "😡😡", "12:30 !!", "https://example.org/het @iemand"])
def test_a_text_without_words_is_in_no_language(text: str) -> None:
    language = IDENTIFIER.identify(text)
    assert (language.code, language.confidence) == (OTHER, 0.0)


def test_addresses_say_nothing_about_the_language() -> None:
    text = "geen idee joh @the_best_of_the_world https://example.com/this-is-the-way"
    assert IDENTIFIER.identify(text).code == "nl"


def test_the_same_text_is_always_in_the_same_language() -> None:
    again = LanguageIdentifier(DEFAULT_LANGUAGES)
    texts = [text for texts in LISTENED.values() for text in texts]
    assert [again.identify(text) for text in reversed(texts)] == [
        IDENTIFIER.identify(text) for text in reversed(texts)
    ]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200), st.none() | st.text(max_size=5))
def test_any_text_has_a_language_and_a_confidence(text: str, declared: str | None) -> None:
    language = IDENTIFIER.identify(text, declared)
    assert language.code in {*DEFAULT_LANGUAGES, OTHER}
    assert 0 <= language.confidence <= 1


@pytest.mark.parametrize("unit", ["😡", "a", "het ", "\u0301", "\ud800", "שלום "])
def test_a_megabyte_has_a_language_too(unit: str) -> None:
    assert IDENTIFIER.identify(unit * 1_000_000).code in {*DEFAULT_LANGUAGES, OTHER}
