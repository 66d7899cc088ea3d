"""Which texts are expressions: a safe subset of Python's syntax, checked node by node."""

import ast
from collections.abc import Collection

from presage.errors import shown

from .errors import ExpressionError
from .functions import REFUSED_NAMES

MOST_CHARACTERS = 10_000
MOST_DEPTH = 100
_ALLOWED = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Slice),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.Compare, ast.cmpop, ast.IfExp),
    *(ast.operator, ast.Call, ast.keyword, ast.Starred, ast.Lambda, ast.arguments, ast.arg),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.JoinedStr, ast.FormattedValue),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
)
_CONSTANTS = (str, int, float, bool, type(None))


def checked(text: str, known: Collection[str] = ()) -> ast.Expression:
    """The expression that a text is; raises ExpressionError, which says what is not allowed.

    Parameters
    ----------
    known : names that stand for something, whatever Python's own function of the same name may do
    """
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"it has {len(text):,} characters; at most {MOST_CHARACTERS:,} are allowed")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ExpressionError(f"{shown(text)} is no expression of Python: {reason}") from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"{shown(text)} is nested too deeply") from None
    _check(tree)
    for name in sorted(free_names(tree) - set(known)):
        if name in REFUSED_NAMES:
            raise ExpressionError(f"the name {shown(name)} is not allowed")
    return tree


def bound_names(tree: ast.Expression) -> set[str]:
    """The variables of comprehensions and lambdas."""
    nodes = list(ast.walk(tree))
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def free_names(tree: ast.Expression) -> set[str]:
    """The names that an expression looks up outside itself."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound_names(tree)


def _check(tree: ast.Expression) -> None:
    waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise ExpressionError(f"it is nested more than {MOST_DEPTH} levels deep")
        _check_node(node)
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def _check_node(node: ast.AST) -> None:
    match node:
        case ast.Constant(value=value) if not isinstance(value, _CONSTANTS):
            raise ExpressionError(f"a constant of type {type(value).__name__} is not allowed")
        case ast.Name(id=name) | ast.arg(arg=name) if name.startswith("__"):
            raise ExpressionError(f"the name {shown(name)} is not allowed")
        case ast.Attribute(attr=name) if name.startswith("__"):
            raise ExpressionError(
                f"the attribute {shown(name)} is not allowed; nothing that begins with __ is"
            )
        case ast.comprehension(is_async=1):
            raise ExpressionError("async is not allowed")
        case ast.BinOp(op=ast.MatMult()):
            raise ExpressionError("the operator @ is not allowed")
        case _ if not isinstance(node, _ALLOWED):
            raise ExpressionError(f"{type(node).__name__} is not allowed in an expression")
        case _:
            pass
