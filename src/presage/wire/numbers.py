"""Whole numbers as requests write them, however long or odd their text is."""

DIGITS = "0123456789abcdef"


def whole(text: str, most: int, base: int = 10) -> int | None:
    """The whole number from 0 that a text of ASCII digits writes, cut off at `most`; None if it is none."""
    if not text or text.lower().strip(DIGITS[:base]):
        return None
    digits = text.lstrip("0") or "0"
    # More digits than `int` reads at all (4,300) may come; more than those of `most` need no reading.
    return most if len(digits) > len(str(most)) else min(int(digits, base), most)
