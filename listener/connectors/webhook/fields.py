"""Where a mention's fields stand in what somebody else's tool sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from detectors.records import Deletion, InvalidRecord, Kind, Mention, parse_mention
from detectors.records.codec import as_object, is_object, read_flag, read_text
from detectors.records.mention import KINDS, MAX_FIELD
from detectors.text import clean
from listener.connectors.html import text_of
from listener.connectors.webhook.body import Item
from listener.recordings import FIELDS

_DELETED: Final = "deleted"


class FieldMap:
    """Reads mentions and deletions. Raises ValueError for a field that a mention doesn't have.

    A path has dots between keys, and digits where a list is to be entered (``author.name``,
    ``media.0.url``); a key that itself has dots in it comes first. Fields that are not mapped
    keep their own name.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        source: str,
        kind: Kind,
        kinds: Mapping[str, Kind],
        *,
        html: bool,
    ) -> None:
        for name, path in paths.items():
            if name not in FIELDS and name != _DELETED:
                there = ", ".join((*FIELDS, _DELETED))
                raise ValueError(f"map: no such field: {name!r}; there are {there}")
            if not path:
                raise ValueError(f"map: {name}: expected a path, such as author.name")
        self._paths = dict(paths)
        self._source = source
        self._kind: Kind = kind
        self._kinds = {name.lower(): meant for name, meant in kinds.items()}
        self._html = html

    def read(self, item: Item, now: datetime) -> Mention | Deletion:
        """Raises `InvalidRecord`."""
        if item.error is not None:
            raise item.error
        record = dict(as_object(item.data, "mention"))
        found = {name: look_up(item.data, path) for name, path in self._paths.items()}
        record.update(found)
        for name, value in item.defaults.items():
            if record.get(name) in (None, ""):
                record[name] = value
        if read_flag(record, _DELETED):
            return self._deletion(record)
        if self._kinds or "kind" in self._paths:
            record["kind"] = self._meant(record.get("kind"))
        text = record.get("text")
        if self._html and isinstance(text, str):
            record["text"] = text_of(text)
        return parse_mention(record, now=now, source=self._source, kind=self._kind)

    def _deletion(self, record: Mapping[str, object]) -> Deletion:
        """Spelt as in the mention that it takes back."""
        given = {name: clean(read_text(record, name) or "", MAX_FIELD) for name in ("id", "source")}
        if not given["id"]:
            raise InvalidRecord("missing_field", "id: missing, and a deletion needs it")
        source = given["source"] or self._source
        return Deletion(source.lower()[:MAX_FIELD], given["id"])

    def _meant(self, kind: object) -> object:
        """Other tools have kinds of their own; what is not known is as good as not said."""
        word = kind.lower() if isinstance(kind, str) else ""
        return self._kinds.get(word, word if word in KINDS else None)


def look_up(data: object, path: str) -> object:
    """What stands at the path, `None` where nothing does."""
    if is_object(data) and path in data:
        return data[path]
    for part in path.split("."):
        if is_object(data):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and len(part) < 6:
            data = data[int(part)] if int(part) < len(data) else None
        else:
            return None
    return data
