"""What a worker and the guard of its children tell each other: a line of JSON each."""

import msgspec

from presage.config import Config


class Post(msgspec.Struct, frozen=True):
    """To a new guard: whose children it guards.

    Parameters
    ----------
    config : the settings that each child is handed; they may hold secrets, so they travel by no command line
    lease_seconds : how long the first lease is
    preload : modules that children find imported
    """

    config: Config
    lease_seconds: float
    preload: tuple[str, ...]


class Start(msgspec.Struct, tag=True, frozen=True):
    """To the guard: call a function in a new child.

    Parameters
    ----------
    key : names the child in what is told about it
    call : `package.module:function`
    arguments : what it is handed after the settings
    reports : whether it is handed a way to report progress after that
    """

    key: str
    call: str
    arguments: tuple[str, ...]
    reports: bool


class Kill(msgspec.Struct, tag=True, frozen=True):
    """To the guard: kill a child and all it started."""

    key: str


class Lease(msgspec.Struct, tag=True, frozen=True):
    """To the guard: the worker lives; without another lease, kill everything at `until` (monotonic)."""

    until: float


class Report(msgspec.Struct, tag=True, frozen=True):
    """From a child: how far it is."""

    key: str
    step: str
    fraction: float


class Refusal(msgspec.Struct, tag=True, frozen=True):
    """From a child: it raised a JobFailure; trying again is of no use."""

    key: str
    reason: str


class Fault(msgspec.Struct, tag=True, frozen=True):
    """From a child: it raised something else."""

    key: str
    summary: str
    trace: str


class Exit(msgspec.Struct, tag=True, frozen=True):
    """From the guard: a child has ended; a negative code is the signal that killed it."""

    key: str
    code: int


News = Report | Refusal | Fault | Exit
Command = Start | Kill | Lease

_commands = msgspec.json.Decoder(Command)
_news = msgspec.json.Decoder(News)


def to_line(message: Command | News) -> bytes:
    """A message as it travels."""
    return msgspec.json.encode(message) + b"\n"


class Lines:
    """Puts together the lines of a stream of bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


def to_command(line: bytes) -> Command:
    """Read what a worker says."""
    return _commands.decode(line)


def to_news(line: bytes) -> News:
    """Read what a guard passes on."""
    return _news.decode(line)


def from_post(post: Post) -> bytes:
    """A post as it travels."""
    return msgspec.json.encode(post, enc_hook=str)


def to_post(text: bytes) -> Post:
    """The post that travelled."""
    return msgspec.json.decode(text, type=Post, dec_hook=lambda kind, value: kind(value))
