"""Which room may know which: a table of allowed edges; every other import between rooms is forbidden."""

import ast
from functools import cache
from pathlib import Path

import presage

WORDS = {
    "addresses",
    "columns",
    "config",
    "errors",
    "files",
    "ids",
    "logs",
    "spark",
    "svg",
    "wording",
    "yaml_text",
}
"""What every room may use; they use only each other."""

MAY_KNOW = {
    # the hall: it alone knows every room
    "__main__": {"cli"},
    "beside": {"jobs"},
    "cli": {
        *("app", "backups", "beside", "deliveries", "demo", "health", "jobs", "listening"),
        *("moving", "ope", "pipelines", "resources", "simulate", "stores", "terminal"),
        *("transforms", "works"),
    },
    "backups": {  # whatever a data folder or a database holds
        *(
            "buckets",
            "deliveries",
            "log",
            "pipelines",
            "postgres",
            "remote",
            "resources",
            "stores",
            "terminal",
        ),
    },
    "ope": {"decisions", "metrics", "terminal"},
    "moving": {"demo", "terminal"},  # talks to accounts over the wire, as any user does
    "simulate": {"demo", "simulations", "terminal", "worlds"},
    "terminal": set(),
    "simulations": {"recipes", "worlds"},
    "listening": {"app", "jobs", "wire"},
    "app": {
        "account",
        "console",
        "demo",
        "health",
        "live",
        "online",
        "operations",
        "resources",
        "s3",
        "serving",
        "stores",
        "wire",
    },
    "transforms": {"features", "terminal"},  # files in, features out, without a server
    "demo": {"health", "worlds"},  # talks to a server over the wire, as any user does
    # doors
    "operations": {
        *("decisions", "deliveries", "experiments", "filters", "health", "log", "pipelines", "recipes"),
        *("resources",),
        *("serving", "stores", "tables", "trials", "wire", "works"),
    },
    "wire": {"resources"},  # access keys
    "console": {
        *(
            "deliveries",
            "experiments",
            "filters",
            "health",
            "jobs",
            "operations",
            "pipelines",
            "resources",
            "serving",
            "stores",
            "tables",
            "wire",
        ),
    },  # a page acts through the operations
    "s3": {"buckets", "resources", "wire"},  # requests and signatures are read as the other door reads them
    "account": {"resources", "wire"},
    "notices": set(),
    "health": {  # the page that Prometheus reads is a door
        *("decisions", "deliveries", "notices", "resources", "stores"),
        *("tables", "wire", "works"),
    },
    "deliveries": {"filters", "notices", "resources"},  # the outbox lies with the records
    "live": {"features", "log", "online", "resources", "stores", "wire", "works"},  # works forget identities
    # time
    "pipelines": {
        "deliveries",
        "notices",
        "resources",
        "stores",
        "works",
    },  # a run is a job; steps call the door
    "works": {
        *(
            "artifacts",
            "buckets",
            "decisions",
            "deliveries",
            "features",
            "filters",
            "jobs",
            "log",
            "metrics",
        ),  # drafts of trainings are artifacts
        *("recipes", "resources", "serving", "stores", "tables", "trials"),
    },
    "jobs": {"resources"},  # one way to open a database
    "serving": {"artifacts", "features", "filters", "log", "metrics", "recipes", "tables"},
    "decisions": {
        "artifacts",
        "jobs",
        "log",
        "metrics",
        "recipes",
    },  # refits have processes, as parts of jobs have
    "experiments": {"decisions", "log", "metrics"},  # its words are those of offer campaigns
    # learning: arrays in, arrays out
    "trials": {"features", "metrics", "recipes"},
    "filters": set(),
    "features": {"recipes"},
    "recipes": set(),
    "metrics": set(),
    # rest: it keeps things, and knows nobody who uses them
    "stores": {"buckets", "jobs", "log", "online", "remote", "resources", "tables"},
    "tables": {"log", "remote"},
    "remote": set(),  # what was told is folded
    "log": {"postgres"},
    "online": {"postgres"},
    "postgres": set(),
    "buckets": {"remote", "resources"},  # one way to open a database
    "artifacts": set(),
    "resources": {"postgres"},
    "worlds": set(),
}
SOURCE = Path(presage.__file__).parent


@cache
def imports(file):
    """The modules that a file names, as it names them: (level, module)."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or ""))
        elif isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
    return found


def edges():
    """(file, its room, the other room) for every import from one room into another."""
    for file in sorted(SOURCE.rglob("*.py")):
        here = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        for level, name in imports(file):
            if not level and name.startswith("presage."):
                other = name.split(".")[1]
                if other != here:
                    yield file, here, other


def test_a_room_imports_only_what_it_may_know():
    for file, here, other in edges():
        allowed = set() if here in WORDS else MAY_KNOW[here]
        assert other in allowed | WORDS, f"{file}: {here} may not know {other}"


def test_every_allowed_edge_is_used():
    used = {(here, other) for _, here, other in edges()}
    unused = {(here, other) for here, others in MAY_KNOW.items() for other in others} - used
    assert not unused, f"take these out of the table: {sorted(unused)}"


def test_no_room_knows_itself_by_a_detour():
    def reachable(room, seen=()):
        for other in MAY_KNOW.get(room, ()):
            assert other not in seen, f"{' > '.join((*seen, room, other))} is a cycle"
            reachable(other, (*seen, room))

    for room in MAY_KNOW:
        reachable(room)


def test_relative_imports_stay_inside_their_room():
    for file in SOURCE.rglob("*.py"):
        depth = len(file.relative_to(SOURCE).parts) - 1
        for level, _ in imports(file):
            assert not depth or level <= depth, f"{file}: a relative import leaves the room"
