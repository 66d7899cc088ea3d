"""The golden cases in `tests/data/bts`: what Blurr 0.4.1 printed for them. Its README says what each fixes."""

import gzip
import json
from pathlib import Path

from presage.features.bts import Dropped, Reader, Transform, load, parse_streaming, parse_window
from presage.features.bts.transform import json_line

DATA = Path(__file__).parents[2] / "data" / "bts"
PLAIN = [
    *("activity_session", "bad_records", "complex_types", "extended", "identity_dimensions", "ipfix"),
    *("nulls_and_casts", "nyse", "offer_ai", "offer_ai_generated", "offer_ai_shipped", "raising_expressions"),
    *("timezones_activity", "tutorial1", "tutorial2", "window_edges"),
]
"""Cases without a quirk that presage changes."""
QUIRKS = [
    *("activity_split", "out_of_order_blocks", "timezones_block", "top_level_when", "unvalidated_documents"),
    "window_anchor_max",
]
CRASHES = sorted(path.name for path in DATA.glob("crash_*"))


def expected(case):
    return json.loads((DATA / case / "expected.json").read_text())


def lines_of(path):
    packed = path.with_suffix(".jsonl.gz")
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    return text.splitlines(keepends=True)


def made(case, *, window, compat):
    """The transform of a case."""
    streaming = parse_streaming(load((DATA / case / "streaming.yml").read_text()), compat=compat)
    text = (DATA / case / "window.yml").read_text() if window else None
    return Transform(streaming, text and parse_window(load(text), compat=compat), compat=compat)


def read(transform, lines, processor="simple"):
    """(identity -> its events, how many records were dropped)."""
    groups, n_dropped = {}, 0
    for found in Reader(transform.fold.document, processor).lines(lines):
        if isinstance(found, Dropped):
            n_dropped += 1
        else:
            identity, time, event = found
            groups.setdefault(identity, []).append((time, event))
    return groups, n_dropped


def run(case, *, window=False, compat=False):
    """(what a case prints, parsed; how many records were dropped)."""
    transform, meta = made(case, window=window, compat=compat), expected(case)["meta"]
    lines = [line for source in meta["sources"] for line in lines_of(DATA / case / source)]
    groups, n_dropped = read(transform, lines, meta["data_processor"])
    outputs = [one for identity, events in groups.items() for one in transform.output(identity, events)]
    return [json.loads(json_line(one)) for one in outputs], n_dropped


def comparable(rows, unordered=()):
    """Rows whose key order counts, and whose sets do not have one."""
    return [[label, _ordered(found, label, unordered)] for label, found in rows]


def _ordered(found, label, unordered):
    if isinstance(found, list):
        return [list(row.items()) for row in found]
    group = label.split("/")[1]
    return [
        (name, sorted(value) if f"{group}.{name}" in unordered else value) for name, value in found.items()
    ]
