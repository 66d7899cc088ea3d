"""Blurr Transform Specs (BTS): events become records of each identity, and records become rows of features.

load, parse_streaming, parse_window   a YAML text -> a typed document, with all its faults at once
faults_of, warnings_of                what is wrong with a document
Fold                                  (state, event) -> state, for one identity
Windows                               the rows of the anchors; the latest row of a state
Transform, json_line                  all events of an identity -> what is printed of it
Reader                                lines -> events with identity and time
dump_state, load_state                a state as plain JSON values, and back
dump_open, dump_record, sharing       the same in parts: what may change, and the stored records
"""

from .aggregates import State
from .document import Streaming, Window, load, parse_streaming, parse_window
from .errors import DocumentError, Fault, TransformError
from .fold import Fold, fold_all
from .keys import Key, check_identity
from .reading import PROCESSORS, Dropped, Reader
from .records import Event, Record, event_of
from .states import dump_open, dump_record, dump_state, load_state, sharing
from .transform import Output, Transform, json_line, json_text
from .validation import faults_of, warnings_of
from .windows import Windows

__all__ = [
    "PROCESSORS",
    "DocumentError",
    "Dropped",
    "Event",
    "Fault",
    "Fold",
    "Key",
    "Output",
    "Reader",
    "Record",
    "State",
    "Streaming",
    "Transform",
    "TransformError",
    "Window",
    "Windows",
    "check_identity",
    "dump_open",
    "dump_record",
    "dump_state",
    "event_of",
    "faults_of",
    "fold_all",
    "json_line",
    "json_text",
    "load",
    "load_state",
    "parse_streaming",
    "parse_window",
    "sharing",
    "warnings_of",
]
