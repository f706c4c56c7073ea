"""What people write to companies, in the five languages, comes out as they mean it."""

import pytest

from detectors.sentiment import SentimentScorer

SCORER = SentimentScorer()

NEGATIVE = {
    "nl": [
        "Al drie dagen geen internet, wat een waardeloze service",
        "Werkt niet. Alweer niet.",
        "Het eten viel erg tegen",
        "de soep valt vandaag behoorlijk tegen",
        "Dit vind ik helemaal niet leuk",
        "Ik vind die nieuwe app niet fijn",
        "treinstoring bij Gouda, fijn weer",
        "Oplichters!! Ik wil mijn geld terug",
        "pure wanprestatie van dat bedrijf",
        "ze laten hun klanten gewoon in de steek",
        "wacht al twee weken op een antwoord",
        "amai, wat een brol en wat een miserie",
        "kga hier nooit meer naartoe, ambetant volk",
        "kutbedrijf 😡",
        "leuk is anders",
        "bedankt voor niks",
        "Belachelijk lange wachttijd aan de telefoon",
        "#SlechteService",
        "Wéér geen beeld, ik ben er klaar mee",
        "Jullie worden bedankt",
        "Top geregeld weer 🙃",
    ],
    "en": [
        "flight delayed 3 hours",
        "still no bag",
        "on hold for 40 min",
        "cancelled again",
        "nobody answers the phone",
        "this is daylight robbery",
        "worst customer service ever",
        "thanks for losing my suitcase",
        "the staff was not helpful at all",
        "app keeps crashing",
        "I want a refund",
    ],
    "de": [
        "Schon wieder Verspätung, danke für nichts",
        "Das WLAN funktioniert nicht",
        "Gefällt mir überhaupt nicht",
        "so eine Frechheit, nie wieder",
        "Der Service ist unterirdisch schlecht",
        "Zug fällt aus 😡",
    ],
    "fr": [
        "Toujours pas de réponse du service client",
        "Le site ne marche pas",
        "quelle honte, train annulé",
        "je n'aime pas du tout",
        "Service nul, plus jamais",
        "encore en retard, j'en ai marre",
    ],
    "es": [
        "no funciona la aplicación",
        "qué vergüenza de servicio",
        "llevo esperando dos horas, pésima atención",
        "no me gusta nada",
        "vuelo cancelado otra vez 😡",
        "son unos ladrones",
    ],
}
POSITIVE = {
    "nl": [
        "Top geholpen door jullie klantenservice, bedankt!",
        "wat een heerlijk diner",
        "Niet slecht!",
        "geen klachten, alles prima",
        "het viel reuze mee",
        "Superblij met mijn nieuwe fiets",
        "leuuuuk",
        "een echte aanrader",
        "keigoed gedaan, merci",
        "gefeliciteerd 🎉",
    ],
    "en": [
        "great crew, thank you!",
        "you guys rock",
        "the agent was super helpful, problem solved",
        "no complaints, everything was perfect",
        "love the new seats 😍",
    ],
    "de": [
        "Vielen Dank für die schnelle Hilfe",
        "Das Essen war wirklich lecker",
        "kein Problem, alles super",
        "ich freue mich riesig",
        "nicht schlecht!",
    ],
    "fr": [
        "Merci beaucoup, équipe formidable",
        "J'adore ce restaurant",
        "aucun problème, tout est parfait",
        "excellente nouvelle 🎉",
        "c'est vraiment délicieux",
    ],
    "es": [
        "Muchas gracias, excelente servicio",
        "me encanta este sitio",
        "la comida estaba riquísima",
        "todo perfecto, sin problemas",
        "enhorabuena por el premio 🎉",
    ],
}
NEUTRAL = {
    "nl": [
        "De winkel is open van negen tot vijf",
        "goedemorgen allemaal",
        "Wie rijdt er naar Breda?",
    ],
    "en": ["the flight leaves at nine", "can I bring two suitcases", ""],
    "de": ["Der Zug nach Köln", "guten Morgen"],
    "fr": ["Le train de neuf heures", "bonjour à tous"],
    "es": ["El tren de las nueve", "buenos días"],
}


def cases(texts: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, listed in texts.items() for text in listed]


@pytest.mark.parametrize(("language", "text"), cases(NEGATIVE))
def test_complaints_are_negative(language: str, text: str) -> None:
    assert SCORER.score(text, language).label == "negative", SCORER.explain(text, language)


@pytest.mark.parametrize(("language", "text"), cases(POSITIVE))
def test_praise_is_positive(language: str, text: str) -> None:
    assert SCORER.score(text, language).label == "positive", SCORER.explain(text, language)


@pytest.mark.parametrize(("language", "text"), cases(NEUTRAL))
def test_what_takes_no_side_is_neutral(language: str, text: str) -> None:
    assert SCORER.score(text, language).label == "neutral", SCORER.explain(text, language)
