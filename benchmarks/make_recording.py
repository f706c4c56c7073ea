"""Writes the recording that `make demo` plays: three quiet days of a brand, then an outage.

    python -m benchmarks.make_recording listener/demo/recording.jsonl

Zilvernet is a fictitious Dutch telecom brand. The main part is two hours of a Thursday evening,
18:30 to 20:30 in the Netherlands (UTC+1); minute 0 is 18:30. The outage starts at minute 25
during a football match, the company speaks at minute 70, and the network returns from minute 75.
The seed is fixed: the same texts give the same bytes.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.command_line import command_line
from benchmarks.phrasebook import TEXTS, Deck, fill, handle, load, say
from detectors.records import Kind, Mention, dumps

SEED: Final = 20260115
START: Final = datetime(2026, 1, 15, 17, 30, tzinfo=UTC)
HISTORY_MINUTES: Final = 72 * 60
MAIN_MINUTES: Final = 160
OUTAGE, EBB, SPOKE, FIXED = 25, 66, 71, 75
PEAK_RATE: Final = 24.0
EMERGENCY: Final = range(53, 69)
# Mentions in each hour of a quiet day, from midnight in Dutch local time.
BY_HOUR: Final = (
    3, 2, 1, 1, 1, 2, 6, 11, 15, 17, 18, 20, 21, 18, 16, 17, 19, 22, 26, 28, 28, 23, 13, 6,
)  # fmt: skip

Mix = dict[str, float]
QUIET: Final[Mix] = {
    "quiet_neutral": 0.50, "quiet_negative": 0.21, "quiet_positive": 0.16,
    "review_quiet": 0.03, "noise": 0.10,
}  # fmt: skip
# What people say until the given minute.
PHASES: Final[tuple[tuple[int, Mix], ...]] = (
    (OUTAGE, QUIET),
    (36, {"trickle": 0.60, "outage_negative": 0.30, "quiet_neutral": 0.06, "noise": 0.04}),
    (FIXED, {"outage_negative": 0.78, "outage_neutral": 0.18, "review_negative": 0.02,
             "trickle": 0.02}),
    (83, {"outage_negative": 0.45, "after_negative": 0.20, "after_neutral": 0.22,
          "after_positive": 0.10, "review_negative": 0.03}),
    (95, {"after_negative": 0.25, "after_neutral": 0.36, "after_positive": 0.31,
          "review_negative": 0.04, "noise": 0.04}),
    (120, {"after_negative": 0.11, "after_neutral": 0.18, "after_positive": 0.17,
           "quiet_neutral": 0.26, "quiet_negative": 0.10, "quiet_positive": 0.10,
           "noise": 0.08}),
    (MAIN_MINUTES, QUIET),
)  # fmt: skip
KINDS: Final[dict[str, Kind]] = {
    "bluesky": "microblog", "mastodon": "microblog", "forum": "forum",
    "proefkeuze": "review", "news": "news",
}  # fmt: skip
_FOLLOWERS: Final = (12, 35, 60, 90, 140, 180, 230, 320, 480, 700, 1100, 1900, 4200)


def rate(minute: int) -> float:
    """Mentions a minute: a day's rhythm, with the outage on top of it."""
    local_hour = (18 * 60 + 30 + minute) // 60 % 24
    usual = BY_HOUR[local_hour] / 60
    if minute < OUTAGE:
        return usual
    climb = usual * 2 ** ((minute - OUTAGE) / 4.2)
    if minute < EBB:
        return min(PEAK_RATE, climb)
    if minute < FIXED:
        return PEAK_RATE * (1 - 0.03 * (minute - EBB))
    return usual + PEAK_RATE * 0.72 * 2 ** (-(minute - FIXED) / 4.5)


class Recorder:
    """Turns minutes into mentions; every choice comes from one seeded generator."""

    def __init__(self, seed: int = SEED) -> None:
        self._rng = Random(seed)  # noqa: S311 - it tells a story and guards nothing
        self._decks: dict[tuple[str, str], Deck] = {}
        self._said: set[str] = set()
        self._mentions: list[Mention] = []

    def record(self) -> list[Mention]:
        """All mentions in the order in which they arrive."""
        for line in (TEXTS / "story.txt").read_text("utf-8").splitlines():
            if not line.startswith("#"):
                self._tell(line)
        for minute in range(-HISTORY_MINUTES, MAIN_MINUTES):
            mix = next(mix for until, mix in PHASES if minute < until)
            jitter = 0.9 + 0.2 * self._rng.random()
            for _ in range(int(rate(minute) * jitter + self._rng.random())):
                group = self._rng.choices(list(mix), list(mix.values()))[0]
                language = "nl" if self._rng.random() < 0.7 else "en"
                self._speak(group, language, minute)
        for language in ("nl", "en"):
            for _ in self._deck("emergency", language).lines:
                self._speak("emergency", language, self._rng.choice(EMERGENCY))
        self._repost()
        return self._in_order_of_arrival()

    def _tell(self, line: str) -> None:
        """One line of the story."""
        minute, source, author, reach, language, text = (
            part.strip() for part in line.split("|", 5)
        )
        self._add(
            fill(text, language, self._rng, kind=KINDS[source], outage_minutes=0),
            minute=int(minute),
            source=source,
            author=author,
            language=language,
            reach=int(reach) if reach else None,
        )

    def _speak(self, group: str, language: str, minute: int) -> None:
        rng = self._rng
        source = "proefkeuze"
        if not group.startswith("review"):
            source = rng.choices(("bluesky", "mastodon", "forum"), (55, 25, 20))[0]
        text = self._say_anew(group, language, KINDS[source], minute)
        domain = {"bluesky": ".bsky.example", "mastodon": "@mastodon.example"}.get(source, "")
        followers = rng.choice(_FOLLOWERS) + rng.randrange(30)
        self._add(
            text,
            minute=minute,
            source=source,
            author=handle(rng) + domain,
            language=language if rng.random() < 0.3 else None,
            reach=followers if KINDS[source] == "microblog" else None,
        )

    def _say_anew(self, group: str, language: str, kind: Kind, minute: int) -> str:
        """A text that nobody has said yet, as far as a few attempts can find one."""
        text = ""
        for attempt in range(12):
            if attempt % 4 == 0:
                line = self._deck(group, language).deal(self._rng, company_spoke=minute >= SPOKE)
            text = say(line, self._rng, kind=kind, outage_minutes=minute - OUTAGE)
            if text.casefold() not in self._said:
                break
        self._said.add(text.casefold())
        return text

    def _add(
        self,
        text: str,
        *,
        minute: int,
        source: str,
        author: str,
        language: str | None,
        reach: int | None,
    ) -> None:
        identity = f"{self._rng.getrandbits(52):013x}"
        account = author.split("@", maxsplit=1)[0]
        url = {
            "bluesky": f"https://bsky.example/profile/{author}/post/{identity}",
            "mastodon": f"https://mastodon.example/@{account}/{identity}",
            "forum": f"https://forum.example/zilvernet/{identity}",
            "proefkeuze": f"https://proefkeuze.example/zilvernet/{identity}",
            "news": f"https://nieuws.example/{account.lower()}/{identity}",
        }[source]
        replies = {"bluesky": 0.2, "mastodon": 0.2, "forum": 0.7}.get(source, 0.0)
        self._mentions.append(
            Mention(
                id=identity,
                text=text,
                published_at=START + timedelta(minutes=minute, seconds=self._rng.randrange(60)),
                source=source,
                kind=KINDS[source],
                author=author,
                url=url,
                language=language,
                reach=reach,
                is_reply=(reach or 0) < 5000 and self._rng.random() < replies,
            )
        )

    def _repost(self) -> None:
        """One microblog post in twelve is repeated within a quarter of an hour; famous ones more.

        What brings news spreads only after it was said, so nothing is repeated before its time.
        """
        end = START + timedelta(minutes=MAIN_MINUTES)
        originals = [mention for mention in self._mentions if mention.kind == "microblog"]
        authors: dict[str, list[str | None]] = {}
        for original in originals:
            if (original.reach or 0) < 5000:
                authors.setdefault(original.source, []).append(original.author)
        for original in originals:
            famous = (original.reach or 0) > 50_000 and original.published_at > START
            for _ in range(self._rng.randrange(2, 6) if famous else self._rng.random() < 0.08):
                at = original.published_at + timedelta(seconds=self._rng.randrange(40, 900))
                identity = f"{self._rng.getrandbits(52):013x}"
                author = self._rng.choice(authors[original.source])
                if at < end:
                    repost = replace(
                        original,
                        id=identity,
                        author=author,
                        published_at=at,
                        reach=self._rng.choice(_FOLLOWERS),
                        is_reply=False,
                        is_repost=True,
                    )
                    self._mentions.append(repost)

    def _in_order_of_arrival(self) -> list[Mention]:
        """By time, and five mentions of the outage a second time, a few seconds later."""
        arrivals = [(mention.published_at, mention.id, mention) for mention in self._mentions]
        during = [
            mention
            for mention in self._mentions
            if OUTAGE <= (mention.published_at - START) // timedelta(minutes=1) < FIXED
        ]
        for mention in self._rng.sample(during, 5):
            late = mention.published_at + timedelta(seconds=self._rng.randrange(5, 26))
            arrivals.append((late, mention.id, mention))
        return [mention for _, _, mention in sorted(arrivals, key=lambda arrival: arrival[:2])]

    def _deck(self, group: str, language: str) -> Deck:
        if (group, language) not in self._decks:
            self._decks[group, language] = load(group, language)
        return self._decks[group, language]


def main() -> None:
    """Write the recording to a file, one mention a line."""
    parser = command_line(__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, help="the file to write, .jsonl")
    out: Path = parser.parse_args().out
    mentions = Recorder().record()
    out.write_bytes(b"".join(dumps(mention.to_json()) + b"\n" for mention in mentions))
    print(f"{len(mentions)} mentions written to {out}")


if __name__ == "__main__":
    main()
