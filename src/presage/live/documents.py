"""What a feature set is made of: a streaming document, perhaps a window document, a bound for late events."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from presage.features.bts import (
    DocumentError,
    Fault,
    Fold,
    Reader,
    Streaming,
    TransformError,
    Windows,
    load,
    parse_streaming,
    parse_window,
)

LATENESS_SECONDS = 300.0
MOST_LATENESS_SECONDS = 7 * 86_400.0


class Documents:
    """The documents of a feature set made ready; use one in one thread.

    Parameters
    ----------
    streaming, window : the texts of the documents; "" for no window document
    lateness_seconds : an event that is so much older than the newest of its identity is still folded; None =
        five minutes, or the shortest gap of an Activity if that is shorter

    Raises DocumentError with all faults.
    """

    def __init__(self, streaming: str, window: str = "", lateness_seconds: float | None = None) -> None:
        faults: list[Fault] = []
        parsed: list[Any] = []
        for which, text, parse in (
            ("streaming", streaming, parse_streaming),
            ("window", window, parse_window),
        ):
            try:
                parsed.append(parse(load(text)) if text or which == "streaming" else None)
            except DocumentError as error:
                faults += [
                    replace(one, path=f"{which}: {one.path}".removesuffix(": ")) for one in error.faults
                ]
            except TransformError as error:
                faults.append(Fault("InvalidValueError", which, "", str(error)))
        if faults:
            raise DocumentError(faults)
        document, over = parsed
        self.fold = Fold(document)
        self.windows = Windows(over, self.fold) if over else None
        self.reader = Reader(document)
        self.lateness = timedelta(seconds=_lateness(document, lateness_seconds))


def _lateness(document: Streaming, wanted: float | None) -> float:
    gaps = [one.inactive_seconds for one in document.aggregates if one.kind == "activity"]
    most = min([*gaps, MOST_LATENESS_SECONDS])
    if wanted is None:
        return min(LATENESS_SECONDS, most)
    if not 0 <= wanted <= most:
        message = f"{wanted} is not between 0 and {most}, beyond which a late event would split a block"
        raise DocumentError([Fault("InvalidNumberError", document.name, "latenessSeconds", message)])
    return wanted
