"""Checked expressions, rewritten so that the operations do whatever may be large, and ask its price.

The names of the operations begin with +, which no text can spell.
"""

import ast
from dataclasses import dataclass
from typing import Any

from presage.errors import shown

from .allowed import DICT_METHODS, is_member
from .errors import ExpressionError
from .functions import Module
from .operations import Operations
from .syntax import bound_names

MERGED = {ast.Sub: "-", ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^"}
_BY_NAME = {
    ast.Add: "add",
    ast.Mult: "multiply",
    ast.Pow: "power",
    ast.LShift: "shift_left",
    ast.Mod: "remainder",
}


@dataclass(frozen=True)
class Names:
    """The names that expressions of one place see.

    Parameters
    ----------
    values : what they stand for now; what is imported gets a place here
    imports : name -> what was imported under it
    records : names whose attributes are keys: events, aggregates, windows
    nests : names whose attributes are such records
    has_event : whether `source` is an event, with the methods of a dictionary
    """

    operations: Operations
    values: dict[str, Any]
    imports: dict[str, Any]
    records: frozenset[str]
    nests: frozenset[str]
    has_event: bool


def rewritten(tree: ast.Expression, names: Names) -> ast.expr:
    """The expression with the operations put in; raises ExpressionError for what no import offers."""
    return _Rewriting(names, tree).visit(tree.body)


class _Rewriting(ast.NodeTransformer):
    """Puts the operations in, node by node."""

    def __init__(self, names: Names, tree: ast.Expression) -> None:
        bound = bound_names(tree)
        self._names = names
        self._records, self._nests = names.records - bound, names.nests - bound
        self._imports = {name: value for name, value in names.imports.items() if name not in bound}

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        found = self._imported(node)
        if found is not None:
            return found
        if self._is_record(node.value) and not self._is_method(node):
            return ast.Subscript(self.visit(node.value), ast.Constant(node.attr), ast.Load())
        return _call("attribute", self.visit(node.value), ast.Constant(node.attr))

    def _is_record(self, node: ast.expr) -> bool:
        """Whether a node is an event, an aggregate, or one that is reached through its document."""
        if isinstance(node, ast.Name):
            return node.id in self._records or node.id in self._nests
        return (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in self._nests
        )

    def _is_method(self, node: ast.Attribute) -> bool:
        """Whether a record's attribute is a method of a dictionary; only an event has some."""
        is_source = isinstance(node.value, ast.Name) and node.value.id == "source"
        return is_source and self._names.has_event and node.attr in DICT_METHODS

    def _imported(self, node: ast.Attribute) -> ast.expr | None:
        """What a chain such as `datetime.datetime.strptime` stands for, looked up once."""
        names = [node.attr]
        root = node.value
        while isinstance(root, ast.Attribute):
            names.append(root.attr)
            root = root.value
        if not isinstance(root, ast.Name) or root.id not in self._imports:
            return None
        value, path = self._imports[root.id], root.id
        while names and isinstance(value, Module | type):
            name = names.pop()
            if isinstance(value, Module) and name in value:
                value = value[name]
            elif isinstance(value, type) and is_member(value, name):
                value = self._names.operations.attribute(value, name)
            else:
                raise ExpressionError(f"{path} has no {shown(name)} that is allowed in an expression")
            path = f"{path}.{name}"
        self._names.values[f"+{path}"] = value
        found: ast.expr = ast.Name(f"+{path}", ast.Load())
        for name in reversed(names):
            found = _call("attribute", found, ast.Constant(name))
        return found

    def visit_Call(self, node: ast.Call) -> ast.expr:
        args = [self.visit(argument) for argument in node.args]
        named = [ast.keyword(one.arg, self._paid_if_spread(one)) for one in node.keywords]
        function = node.func
        if isinstance(function, ast.Attribute) and self._is_of_a_value(function):
            start = [self.visit(function.value), ast.Constant(function.attr)]
            return ast.Call(ast.Name("+invoke", ast.Load()), [*start, *args], named)
        return ast.Call(self.visit(function), args, named)

    def _is_of_a_value(self, node: ast.Attribute) -> bool:
        """Whether what is called is a method of some value, and neither imported nor a key of a record."""
        is_key = self._is_record(node.value) and not self._is_method(node)
        return not is_key and self._imported(node) is None

    def _paid_if_spread(self, one: ast.keyword) -> ast.expr:
        value = self.visit(one.value)
        return value if one.arg else _call("weighed", value)

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        return ast.Starred(_call("paid", self.visit(node.value)), ast.Load())

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right, kind = self.visit(node.left), self.visit(node.right), type(node.op)
        has_number = any(_is_number(side) for side in (left, right))
        if kind in _BY_NAME and not (kind is ast.Add and has_number):
            return _call(_BY_NAME[kind], left, right)
        if kind in MERGED and not has_number:
            return _call(MERGED[kind], left, right)
        return ast.BinOp(left, node.op, right)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [self.visit(side) for side in (node.left, *node.comparators)]
        plain = [_is_plain(side) for side in sides]
        for at, operator in enumerate(node.ops):
            if isinstance(operator, ast.Is | ast.IsNot):
                continue
            if isinstance(operator, ast.In | ast.NotIn):
                if not plain[at + 1]:
                    sides[at + 1] = _call("within", sides[at + 1])
                elif not isinstance(sides[at + 1], ast.Set):
                    continue
            elif plain[at] or plain[at + 1]:
                continue
            if not plain[at]:
                sides[at], plain[at] = _call("weighed", sides[at]), True
        return ast.Compare(sides[0], node.ops, sides[1:])

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        value, index = self.visit(node.value), self.visit(node.slice)
        if isinstance(index, ast.Slice):
            value = _call("sliced", value)
        elif not _is_plain(index):
            index = _call("hashed", index)
        return ast.Subscript(value, index, ast.Load())

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        arguments = self.visit(node.args)
        return ast.Lambda(arguments, ast.BoolOp(ast.Or(), [_call("tick"), self.visit(node.body)]))

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        conditions = [self.visit(one) for one in node.ifs]
        return ast.comprehension(node.target, _call("each", self.visit(node.iter)), conditions, 0)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        loops = [self.visit(one) for one in node.generators]
        return ast.SetComp(_call("hashed", self.visit(node.elt)), loops)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        loops = [self.visit(one) for one in node.generators]
        return ast.DictComp(_call("hashed", self.visit(node.key)), self.visit(node.value), loops)

    def visit_Set(self, node: ast.Set) -> ast.expr:
        return ast.Set([self._hashed(element) for element in node.elts])

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        keys = [key and self._hashed(key) for key in node.keys]
        values = [self.visit(one) for one in node.values]
        return ast.Dict(keys, [v if k else _call("weighed", v) for k, v in zip(keys, values, strict=True)])

    def _hashed(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Starred):
            return ast.Starred(_call("hashed", self.visit(node.value)), ast.Load())
        visited = self.visit(node)
        return visited if _is_plain(visited) else _call("hashed", visited)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return _call("text", *map(self._part, node.values))

    def _part(self, node: ast.expr) -> ast.expr:
        if not isinstance(node, ast.FormattedValue):
            return node
        conversion = chr(node.conversion) if node.conversion > 0 else ""
        format_ = self.visit(node.format_spec) if node.format_spec else ast.Constant("")
        return ast.Tuple([self.visit(node.value), ast.Constant(conversion), format_], ast.Load())


def _call(operation: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(f"+{operation}", ast.Load()), list(args), [])


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _is_plain(node: ast.expr) -> bool:
    """Whether a node is a constant, or a short list of them: what comparing with it costs is known."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(isinstance(element, ast.Constant) for element in node.elts)
    return isinstance(node, ast.Constant)
