"""Scripts and styles: read once, named with a digest of what they hold, kept by browsers for good."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
PATH = "/console/static"


@cache
def contents() -> dict[str, bytes]:
    """File of `static/` -> what it holds."""
    folder = files("presage.console") / "static"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in TYPES}


@cache
def static(name: str) -> str:
    """The path of a file of `static/`, which changes with what the file holds."""
    return f"{PATH}/{sha256(contents()[name]).hexdigest()[:12]}/{name}"


async def _answer(request: Request) -> Response:
    name: str = request.path_params["name"]
    if name not in contents():
        raise HTTPException(404, f"the console has no file {name[:100]!r}")
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(contents()[name], headers=headers, media_type=TYPES[name.rpartition(".")[2]])


def static_route() -> Route:
    """What answers for the files."""
    return Route(PATH + "/{digest}/{name}", _answer)
