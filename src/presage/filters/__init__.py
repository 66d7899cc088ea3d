"""Filters: Personalize's expression language, from text to what an answer asks of items and users.

tokens   the words of an expression, and where each stands
parse    words become a tree; every mistake says where it is
tree     what an expression says
check    whether the fields are there and can be compared so
bind     a request's values in the places of the parameters
"""

from .bind import bind
from .check import Columns, FieldKind, check, fields_of
from .errors import FilterError
from .parse import parse
from .tree import Condition, CurrentItem, Expression, Filter, Parameter

__all__ = [
    "Columns",
    "Condition",
    "CurrentItem",
    "Expression",
    "FieldKind",
    "Filter",
    "FilterError",
    "Parameter",
    "bind",
    "check",
    "fields_of",
    "parse",
]
