"""The import rule: read the grid like a page; a room imports only what comes after it."""

import ast
from pathlib import Path

import presage

ORDER = (
    "__main__ cli app demo console operations wire jobs serving decisions features recipes metrics"
    " tables artifacts resources worlds logs config errors"
).split()
SOURCE = Path(presage.__file__).parent


def cross_room_imports():
    for file in sorted(SOURCE.rglob("*.py")):
        here = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("presage."):
                    yield file, here, name.split(".")[1]


def test_imports_read_like_a_page():
    seen = 0
    for file, here, room in cross_room_imports():
        assert here in ORDER, f"{file}: {here} is no room of the house"
        assert ORDER.index(here) <= ORDER.index(room), f"{file}: {here} imports {room}"
        seen += 1
    assert seen > 0


def test_simulated_worlds_are_imported_by_the_cli_and_the_demo_alone():
    importers = {here for _, here, room in cross_room_imports() if room == "worlds" and here != "worlds"}
    assert importers <= {"cli", "demo"}


def test_relative_imports_stay_inside_their_room():
    for file in SOURCE.rglob("*.py"):
        depth = len(file.relative_to(SOURCE).parts) - 1
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and depth > 0:
                assert node.level <= depth, f"{file}: a relative import leaves the room"
