"""Colours that people with any kind of colour vision tell apart (Okabe and Ito, 2008)."""

from typing import Final

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#999999"

SEVERITIES: Final = (
    ("none", GREY),
    ("watch", SKY),
    ("issue", ORANGE),
    ("serious", VERMILION),
    ("crisis", PURPLE),
)
"""By rank; the name stands beside the colour wherever it is shown."""
