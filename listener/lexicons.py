"""An operator's lexicons, read from files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from detectors.sentiment.lexicon import InvalidLexicon, Lexicon, parse_lexicon

_MAX_FILE: Final = 8 * 1024 * 1024


def read_lexicons(paths: Mapping[str, Path]) -> dict[str, Lexicon]:
    """The lexicons by language or brand; raises ValueError with the file, line and mend."""
    return {name: _read(path) for name, path in paths.items()}


def _read(path: Path) -> Lexicon:
    try:
        if path.stat().st_size > _MAX_FILE:
            raise InvalidLexicon(f"{path}: larger than {_MAX_FILE} bytes; is it a lexicon?")
        return parse_lexicon(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise InvalidLexicon(f"{path}: {(error.strerror or 'unreadable').lower()}") from None
    except UnicodeDecodeError as error:
        raise InvalidLexicon(f"{path}: not UTF-8 at byte {error.start}") from None
