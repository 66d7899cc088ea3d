"""`presage apply`, `presage adopt` and `presage compare`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from presage.config import load_config
from presage.files import text_of
from presage.terminal import err, out, plain_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .endpoints import Endpoint
    from .planning import Plan

EndpointOption = Annotated[
    str,
    typer.Option("--endpoint", help="A server's URL, or `aws`; else PRESAGE_ENDPOINT, or this machine's."),
]
Profile = Annotated[str, typer.Option(help="AWS credentials by the name of their profile.")]
moving = typer.Typer()
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@moving.command(epilog="Example: presage apply shop.yaml --plan")
def apply(  # noqa: PLR0917, each is a flag
    file: Annotated[Path, typer.Argument(help="YAML that declares what there shall be; docs/moving-in.md.")],
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
    yes: Yes = False,
    prune: Annotated[
        bool, typer.Option(help="Delete what the file does not declare, asking for each.")
    ] = False,
    endpoint: EndpointOption = "",
    profile: Profile = "",
) -> None:
    """Make an account hold what a file declares: show what differs, ask, then do it in order."""
    with plain_errors():
        from .account import Account  # noqa: PLC0415  (boto3 is heavy)
        from .declaration import read_declaration  # noqa: PLC0415
        from .planning import make_plan  # noqa: PLC0415
        from .telling import tell_plan  # noqa: PLC0415

        declared = read_declaration(text_of(file))
        account = Account(endpoint_named(endpoint, profile))
        planned = make_plan(declared, account, prune=prune)
        tell_plan(planned, out)
        if plan or planned.is_done:
            return
        if prune:
            planned = _pruned(planned, yes=yes)
        if not yes and not _agreed("Do this?"):
            raise typer.Exit(1)
    carried_out(planned, account)


def endpoint_named(text: str, profile: str) -> "Endpoint":
    """The account that an option names, or the server of this machine. Raises ValueError."""
    from .endpoints import endpoint_of  # noqa: PLC0415

    return endpoint_of(text or os.environ.get("PRESAGE_ENDPOINT", "") or load_config({}).url, profile)


def carried_out(plan: "Plan", account: object) -> None:
    """Do what a plan says, telling of it; exits with 1 if something failed."""
    from .account import Account  # noqa: PLC0415
    from .applying import carry_out  # noqa: PLC0415
    from .telling import Teller, tell_outcome  # noqa: PLC0415

    assert isinstance(account, Account)
    outcome = carry_out(plan, account, Teller(out))
    tell_outcome(outcome, err)
    if not outcome.is_whole:
        raise typer.Exit(1)


def _pruned(plan: "Plan", *, yes: bool) -> "Plan":
    """A plan without the deletions that are declined, each asked for by name."""
    from .planning import Action, Plan  # noqa: PLC0415

    kept = {
        id(step) for step in plan.of(Action.DELETE) if not yes and not _agreed(f"Delete the {step.label}?")
    }
    return Plan(steps=[step for step in plan.steps if id(step) not in kept])


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise ValueError(f"{question} There is nobody to ask; say --yes, or --plan to see it alone")
    return typer.confirm(question)


@moving.command(epilog="Example: presage adopt --from aws --to http://127.0.0.1:4600 --bucket moving")
def adopt(  # noqa: PLR0917, each is a flag
    source: Annotated[str, typer.Option("--from", help="`aws`, or a server's URL: what is read.")],
    target: Annotated[str, typer.Option("--to", help="A server's URL, or `aws`: what is made so.")] = "",
    file: Annotated[Path, typer.Option(help="Where the declaration goes; a report beside it.")] = Path(
        "adopted.yaml"
    ),
    bucket: Annotated[str, typer.Option(help="Moves the data too, through this bucket of both sides.")] = "",
    role: Annotated[str, typer.Option(help="The ARN of the role of exports and imports.")] = (
        "arn:aws:iam::000000000000:role/presage-adopt"
    ),
    yes: Yes = False,
    from_profile: Profile = "",
    to_profile: Profile = "",
) -> None:
    """Read an account into a file for `presage apply`, report what differs, and make another account so."""
    with plain_errors():
        from .account import Account  # noqa: PLC0415
        from .adopting import adopt as read_account  # noqa: PLC0415
        from .declaration import write_declaration  # noqa: PLC0415
        from .endpoints import endpoint_of  # noqa: PLC0415
        from .moving import move_in  # noqa: PLC0415
        from .report import Topic, notes_for, report_text  # noqa: PLC0415

        if file.exists() and not yes:
            raise ValueError(f"{file} is there already; name another with --file, or say --yes to replace it")
        there = Account(endpoint_of(source, from_profile))
        here = Account(endpoint_of(target, to_profile)) if target else None
        adopted = read_account(there)
        if here:
            adopted.notes += notes_for(adopted.items, here)
        if here and here.endpoint.is_aws:
            adopted.notes = [note for note in adopted.notes if note.topic != Topic.DIFFERS]
        file.write_text(write_declaration(adopted.items))
        report = file.with_suffix(".report.md")
        is_whole = True
        if here is not None:
            if not yes and not _agreed(
                f"Make {target} hold what {source} does ({len(adopted.items):,} things)?"
            ):
                raise typer.Exit(1)
            is_whole = move_in(adopted, there, here, file=file, bucket=bucket, role=role, out=out)
        text = report_text(adopted.notes, adopted.items, source)
        report.write_text(text)
        out.print(text, markup=False, highlight=False, soft_wrap=True)
        out.print(f"declared in {file}, reported in {report}", markup=False, highlight=False)
    if not is_whole:
        raise typer.Exit(1)


@moving.command(
    epilog="Example: presage compare --trace trace.jsonl --left aws --right http://127.0.0.1:4600"
)
def compare(  # noqa: PLR0917, each is a flag
    trace: Annotated[Path, typer.Option(help="Questions, JSON, one a line; docs/moving-in.md.")],
    left: Annotated[str, typer.Option(help="`aws`, or a server's URL.")],
    right: Annotated[str, typer.Option(help="`aws`, or a server's URL: what is compared with the left.")],
    k: Annotated[int, typer.Option("-k", help="So many of each answer are compared.", min=1)] = 10,
    at_once: Annotated[int, typer.Option(help="Questions under way at a time.", min=1, max=64)] = 1,
    most: Annotated[int, typer.Option(help="So many of the least alike are listed.", min=0)] = 10,
    page: Annotated[Path | None, typer.Option("--out", help="The same as a page.")] = None,
    left_profile: Profile = "",
    right_profile: Profile = "",
) -> None:
    """Ask two accounts the questions of a recorded trace: how alike are the answers, and how fast?"""
    with plain_errors():
        from presage.demo import compared_page  # noqa: PLC0415

        from . import comparing, likeness  # noqa: PLC0415
        from .account import Account  # noqa: PLC0415
        from .endpoints import endpoint_of  # noqa: PLC0415
        from .replaying import replay  # noqa: PLC0415
        from .trace import read_trace  # noqa: PLC0415

        sides = [Account(endpoint_of(left, left_profile)), Account(endpoint_of(right, right_profile))]
        with trace.open(encoding="utf-8") as lines:
            pairs = replay(read_trace(lines), *sides, at_once=at_once)
        tables = likeness.tables(comparing.compare(pairs, k), comparing.unlike(pairs, k, most), k)
        for table in tables:
            _print_table(*table)
        if page:
            about = f"{len(pairs):,} questions of {trace.name}; left {left}, right {right}"
            page.write_text(compared_page(tables, about=about))
            out.print(f"a page of it: {page}", markup=False, highlight=False)


def _print_table(title: str, headings: "Sequence[str]", rows: "Sequence[Sequence[str]]") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)
