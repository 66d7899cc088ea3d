"""What was read of one account, made in another: its data, all that is declared, a count at the end."""

import time
from pathlib import Path

from rich.console import Console

from .account import Account
from .adopting import Adopted
from .applying import carry_out
from .copying import Move, count_there, move_data
from .declaration import Declaration, write_declaration
from .endpoints import CallError
from .finding import ItemId
from .planning import make_plan
from .report import Note, Topic
from .telling import Teller, tell_outcome, tell_plan

_COUNTED = ("DatasetGroup", "Schema", "Dataset", "DatasetImportJob")


def move_in(
    adopted: Adopted, source: Account, target: Account, *, file: Path, bucket: str, role: str, out: Console
) -> bool:
    """Make a target hold what was read; whether all of it succeeded. Notes go to what was read.

    Parameters
    ----------
    file : the declaration, which is written again with the imports that bring the data
    bucket : through which the data moves; empty = the data stays where it is
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    move = Move(source=source, target=target, bucket=bucket, role=role, stamp=stamp)
    rows: dict[ItemId, int] = {}
    if bucket:
        imports, rows = move_data(move, adopted, lambda line: out.print(line, markup=False, highlight=False))
        adopted.items += imports
        file.write_text(write_declaration(adopted.items))
    else:
        adopted.notes.append(Note(Topic.DATA, "all datasets", "not moved; --bucket NAME moves them"))
    services = list(dict.fromkeys(item.kind.service for item in adopted.items))
    plan = make_plan(Declaration(items=adopted.items, services=services), target)
    tell_plan(plan, out)
    outcome = carry_out(plan, target, Teller(out))
    tell_outcome(outcome, out)
    adopted.notes += [Note(Topic.UNMADE, task.step.label, reason) for task, reason in outcome.failed.items()]
    adopted.notes += _counted(move, adopted, rows)
    return outcome.is_whole


def _counted(move: Move, adopted: Adopted, rows: dict[ItemId, int]) -> list[Note]:
    """The rows of every dataset that was moved, there and here."""
    notes: list[Note] = []
    items = [item for item in adopted.items if item.kind.name in _COUNTED]
    for step in make_plan(Declaration(items=items), move.target).steps:
        if step.item is None or step.item.id not in rows or step.stands is None:
            continue
        there = rows[step.item.id]
        try:
            here = count_there(move, step.item, step.stands)
        except (CallError, ValueError) as error:
            notes.append(Note(Topic.DATA, step.label, f"could not be counted: {error}"))
            continue
        words = "as many" if here == there else "NOT as many"
        notes.append(Note(Topic.DATA, step.label, f"{there:,} rows there, {here:,} here: {words}"))
    return notes
