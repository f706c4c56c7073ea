"""py3langid's identifier for texts in lower case: the same answers, in half of the memory.

Its automaton has 38,000 rows of 256 transitions, one for each byte that may come. But a text in
lower case has no capitals, some bytes are in no text at all, and others are told apart nowhere: so
only columns that differ are kept, and bytes are translated to columns first. What it would say of
languages that nobody weighs goes as well.
"""

from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE
from py3langid.langid import LanguageIdentifier as Py3LangId

_BYTES: Final = 256
_CAPITALS: Final = slice(ord("A"), ord("Z") + 1)
_SMALL: Final = slice(ord("a"), ord("z") + 1)
_INDEX: Final = "I"  # 32 bits, as the model's own


class SmallModel(Py3LangId):  # type: ignore[misc]  # it bears no types
    """`rank` gives languages by how likely they are, of those weighed that it knows."""

    __slots__ = ("_columns",)

    def __init__(self, weighed: Sequence[str]) -> None:
        whole = Py3LangId.from_model_file(MODEL_FILE)
        whole.set_languages([code for code in weighed if code in whole.labels])
        table = np.array(whole.tk_nextmove).reshape(-1, _BYTES)
        table[:, _CAPITALS] = table[:, _SMALL]
        columns, column_of = _without_equals(table)
        super().__init__(
            whole.nb_ptc,
            whole.nb_pc,
            whole.nb_classes,
            array(_INDEX, columns.astype(np.uint32).tobytes()),
            array("i", whole.tk_output),
            norm_probs=True,
            tk_row=whole.tk_row,
        )
        self._columns = column_of
        # Where each state's row begins; py3langid's own takes it for one of 256.
        begins = array(_INDEX, [row * columns.shape[1] for row in whole.tk_row])
        self._rowbase = begins  # type: ignore[misc]  # the slot of an untyped class

    def _raw_score(self, text: bytes) -> npt.NDArray[np.float32]:
        scores: npt.NDArray[np.float32] = super()._raw_score(text.translate(self._columns))
        return scores


def _without_equals(table: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], bytes]:
    """The columns that differ, and for each column of the table which of them it is."""
    known: dict[bytes, int] = {}
    column_of = bytes(known.setdefault(column.tobytes(), len(known)) for column in table.T)
    first = [column_of.index(number) for number in range(len(known))]
    return np.ascontiguousarray(table[:, first]), column_of
