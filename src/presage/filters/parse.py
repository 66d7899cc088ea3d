"""A filter expression becomes a tree: each rule of the grammar is a method that reads it and moves on.

    filter      = expression { "|" expression }
    expression  = ("INCLUDE" | "EXCLUDE") target "WHERE" condition { ("AND" | "OR") condition }
                  [ "IF" user { "AND" user } ]
    condition   = dataset "." name test
    user        = "CurrentUser." name test
    test        = [ "NOT" ] "IN" ( "(" list ")" | "CurrentItem." name )
                | ("=" | "!=" | "<" | "<=" | ">" | ">=") ( number | string | parameter | "CurrentItem." name )
    list        = parameter | string { "," string }

AND binds closer than OR. There are no parentheses to group conditions, so that nothing nests.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import cast

from presage.columns import (
    ACTION_INTERACTIONS,
    ACTIONS,
    EVENT_TYPE,
    INTERACTIONS,
    ITEMS,
    USERS,
    caseless,
)

from .errors import FilterError
from .tokens import NUMBER, Token, tokens_of
from .tree import (
    ANY,
    All,
    Condition,
    CurrentItem,
    Expression,
    Filter,
    Number,
    Operand,
    Operator,
    Parameter,
    Target,
    spelled,
)

MOST_CHARACTERS = 2500
DATASETS_OF: Mapping[Target, Mapping[str, str]] = {
    "ITEMID": {"ITEMS": ITEMS, "INTERACTIONS": INTERACTIONS},
    "USERID": {"USERS": USERS, "INTERACTIONS": INTERACTIONS},
    "ACTIONID": {
        "ACTIONS": ACTIONS,
        "ACTION": ACTIONS,
        "ACTION_INTERACTIONS": ACTION_INTERACTIONS,
    },
}
"""Target -> the datasets that may choose it: as written, in upper case -> dataset type."""
EVENTS = (INTERACTIONS, ACTION_INTERACTIONS)
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
EXACT = ("=", "!=")
_NUMBER, _WHOLE = re.compile(NUMBER, re.ASCII), re.compile(r"-?\d{1,18}", re.ASCII)
_QUOTED_PARAMETER = re.compile(r"\$\w+", re.ASCII)


def parse(text: str) -> Filter:
    """What an expression says; raises FilterError."""
    if not 1 <= len(text) <= MOST_CHARACTERS:
        raise FilterError(f"The expression has {len(text)} characters; it must have 1 to {MOST_CHARACTERS}")
    return _Parser(tokens_of(text)).filter()


def number_of(text: str) -> Number:
    """The number that a text is; raises ValueError unless it is finite."""
    if not _NUMBER.fullmatch(text) or not isfinite(float(text)):
        raise ValueError(f"{text!r} is no finite number")
    return int(text) if _WHOLE.fullmatch(text) else float(text)


class _Parser:
    """Where in an expression the reading is."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._place = tokens, 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def filter(self) -> Filter:
        """The whole of it."""
        target, first = self._expression(None)
        found = [first]
        while self._accept("|"):
            found.append(self._expression(target)[1])
        if self._next.kind != "end":
            end = "AND, | or the end" if found[-1].only_if else "AND, OR, IF, | or the end"
            raise self._next.wrong(end)
        return Filter(target=target, expressions=tuple(found))

    def _expression(self, target: Target | None) -> tuple[Target, Expression]:
        includes = self._expect("INCLUDE", "EXCLUDE") == "INCLUDE"
        place = self._next
        found = cast("Target", self._expect("ItemID", "UserID", "ActionID"))
        if target not in (None, found):
            raise place.wrong("the target of the first expression; all parts of a filter have the same")
        self._expect("WHERE")
        alternatives = self._alternatives(found)
        return found, Expression(includes=includes, alternatives=alternatives, only_if=self._only_if())

    def _alternatives(self, target: Target) -> tuple[All, ...]:
        first = self._condition(target, None)
        found = [[first]]
        while joined := self._accept("AND", "OR"):
            condition = self._condition(target, first.dataset)
            if joined == "OR":
                found.append([])
            found[-1].append(condition)
        return tuple(map(tuple, found))

    def _only_if(self) -> All:
        if not self._accept("IF"):
            return ()
        found = [self._user_condition()]
        while self._accept("AND"):
            found.append(self._user_condition())
        return tuple(found)

    def _condition(self, target: Target, first: str | None) -> Condition:
        known = DATASETS_OF[target]
        begin = self._next
        dataset = known.get(caseless(begin.text)) if begin.kind == "word" else None
        if dataset is None:
            raise begin.wrong(
                f"a field of {' or '.join(dict.fromkeys(map(spelled, known.values())))}, as dataset.field"
            )
        if first not in (None, dataset):
            raise begin.wrong(
                f"{spelled(first or '')}, as before; another dataset needs an expression of its own, after |"
            )
        self._place += 1
        field = self._field()
        if dataset in EVENTS and field.text.upper() != EVENT_TYPE:
            raise field.wrong(f"{EVENT_TYPE}, the only field of {spelled(dataset)} to filter by")
        return self._test(dataset, field.text, begin.position, takes_item=dataset == ITEMS)

    def _user_condition(self) -> Condition:
        begin = self._next
        self._expect("CurrentUser")
        return self._test(USERS, self._field().text, begin.position, takes_item=False)

    def _field(self) -> Token:
        """The name after the dot that follows a dataset."""
        self._expect(".")
        name = self._next
        if name.kind != "word":
            raise name.wrong("the name of a field")
        self._place += 1
        return name

    def _test(self, dataset: str, field: str, position: int, *, takes_item: bool) -> Condition:
        field = caseless(field)
        begin = self._next
        word = self._accept("NOT", "IN", *COMPARISONS)
        if not word:
            raise begin.wrong(f"IN, NOT IN or one of {' '.join(COMPARISONS)}")
        if word == "NOT":
            self._expect("IN")
            word = "NOT IN"
        operator = cast("Operator", word)
        operand = (
            self._list(operator, field, takes_item) if "IN" in word else self._value(operator, takes_item)
        )
        return Condition(dataset=dataset, field=field, operator=operator, operand=operand, position=position)

    def _list(self, operator: Operator, field: str, takes_item: bool) -> Operand:
        """What stands after IN."""
        if takes_item and self._is("CurrentItem"):
            return self._current_item()
        self._expect("(", hint=' and a list of quoted strings, such as ("a", "b")')
        begin = self._next
        if begin.kind == "parameter":
            found = self._parameter(operator)
            self._expect(")", hint="; a parameter stands alone, and a request gives it one or more values")
            return found
        strings = [self._string()]
        while self._accept(","):
            strings.append(self._string())
        self._expect(")", hint=" or a comma and one more quoted string")
        if len(strings) == 1 and _QUOTED_PARAMETER.fullmatch(strings[0]):
            return _parameter(begin, strings[0][1:], operator)
        if ANY in strings and field != EVENT_TYPE:
            raise begin.wrong(f'the values themselves; "{ANY}" stands for any {EVENT_TYPE} alone')
        return tuple(strings)

    def _value(self, operator: Operator, takes_item: bool) -> Operand:
        """What stands after a comparison."""
        token = self._next
        if token.kind == "number":
            return self._number()
        if token.kind == "string" and operator in EXACT:
            return (self._string(),)
        if token.kind == "parameter":
            return self._parameter(operator)
        if takes_item and self._is("CurrentItem"):
            return self._current_item()
        if self._accept("("):
            found = self._parameter(operator)
            self._expect(")")
            return found
        raise token.wrong("a number or a $parameter")

    def _number(self) -> Number:
        token = self._next
        self._place += 1
        try:
            return number_of(token.text)
        except ValueError:
            raise token.wrong("a number of at most 64 bits") from None

    def _string(self) -> str:
        token = self._next
        if token.kind != "string":
            raise token.wrong("a string in double quotes")
        self._place += 1
        return token.text[1:-1]

    def _parameter(self, operator: Operator) -> Parameter:
        token = self._next
        if token.kind != "parameter" or token.text == "$":
            raise token.wrong("a parameter with a name, such as $VALUE")
        self._place += 1
        return _parameter(token, token.text[1:], operator)

    def _current_item(self) -> CurrentItem:
        self._place += 1
        return CurrentItem(caseless(self._field().text))

    def _is(self, word: str) -> bool:
        return self._next.kind in ("word", "sign") and self._next.text.upper() == word.upper()

    def _accept(self, *words: str) -> str:
        """Which of some words stands here, in upper case, and move on; empty = none of them."""
        for word in words:
            if self._is(word):
                self._place += 1
                return word.upper()
        return ""

    def _expect(self, *words: str, hint: str = "") -> str:
        """The same; raises FilterError if it is none of them."""
        token = self._next
        found = self._accept(*words)
        if not found:
            raise token.wrong(" or ".join(words) + hint)
        return found


def _parameter(token: Token, name: str, operator: Operator) -> Parameter:
    if operator == "NOT IN":
        raise FilterError(
            f"Invalid input symbol: ${name}. Placeholders are not allowed with NOT_IN operator."
            f" At character {token.position} write quoted strings, or exchange INCLUDE and EXCLUDE and use IN"
        )
    return Parameter(name)
