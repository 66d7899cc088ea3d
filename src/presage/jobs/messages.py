"""What a worker and its guard tell each other, a line of JSON each: commands one way, messages the other."""

import msgspec

from presage.config import Config


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a child may make no progress before it is ended, in seconds.

    Parameters
    ----------
    stall_seconds : it reports nothing, and uses almost no CPU time
    silent_seconds : it reports nothing, whatever CPU time it uses
    """

    stall_seconds: float
    silent_seconds: float


class Setup(msgspec.Struct, frozen=True):
    """To a new guard, before any command.

    Parameters
    ----------
    config : the settings that each child is handed; they may hold secrets, so they travel by no command line
    lease_seconds : how long the worker's first lease is
    limits : what every child must keep to
    preload : modules that children find imported
    """

    config: Config
    lease_seconds: float
    limits: Limits
    preload: tuple[str, ...]


class Start(msgspec.Struct, tag=True, frozen=True):
    """To the guard: call a function in a new child.

    Parameters
    ----------
    key : names the child in every message about it
    call : `package.module:function`
    arguments : what it is handed after the settings
    reports : whether it is handed a function that reports progress, after the arguments
    background : whether the child gives way to other processes
    imports : modules to import before, which this child and later ones find loaded
    """

    key: str
    call: str
    arguments: tuple[str, ...]
    reports: bool
    background: bool = False
    imports: tuple[str, ...] = ()


class Kill(msgspec.Struct, tag=True, frozen=True):
    """To the guard: kill a child and all it started."""

    key: str


class Renew(msgspec.Struct, tag=True, frozen=True):
    """To the guard: the worker lives; unless renewed again, kill every child at `until` (monotonic)."""

    until: float


class Progress(msgspec.Struct, tag=True, frozen=True):
    """From a child: what it does now, and how much of the whole is done, 0 to 1."""

    key: str
    step: str
    fraction: float


class Failure(msgspec.Struct, tag=True, frozen=True):
    """From a child: it raised a JobFailure; trying again is of no use."""

    key: str
    reason: str


class Crash(msgspec.Struct, tag=True, frozen=True):
    """From a child: it raised another error."""

    key: str
    summary: str
    trace: str


class MustWait(msgspec.Struct, tag=True, frozen=True):
    """From a child: a disk is full, or something does not answer for now.

    Parameters
    ----------
    step : what the job waits for, in words
    """

    key: str
    summary: str
    step: str


class Stalled(msgspec.Struct, tag=True, frozen=True):
    """From the guard: a child makes no progress, and is killed.

    Parameters
    ----------
    step : the last that the child reported; empty if it reported none
    fraction : done by then, 0 to 1
    seconds : how long it has made no progress
    idle : whether it used almost no CPU time meanwhile
    """

    key: str
    step: str
    fraction: float
    seconds: float
    idle: bool


class Exit(msgspec.Struct, tag=True, frozen=True):
    """From the guard: a child has ended.

    Parameters
    ----------
    code : its exit code; a negative one is the signal that killed it
    from_outside : whether it was killed through no fault of its own
    """

    key: str
    code: int
    from_outside: bool = False


Command = Start | Kill | Renew
Message = Progress | Failure | Crash | MustWait | Stalled | Exit

_commands = msgspec.json.Decoder(Command)
_messages = msgspec.json.Decoder(Message)


def to_line(sent: Command | Message) -> bytes:
    """A command or message as it travels."""
    return msgspec.json.encode(sent) + b"\n"


class Lines:
    """Puts together the lines of a stream of bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines


def to_command(line: bytes) -> Command:
    """Read what a worker sends."""
    return _commands.decode(line)


def to_message(line: bytes) -> Message:
    """Read what a guard or a child sends."""
    return _messages.decode(line)


def from_setup(setup: Setup) -> bytes:
    """A set-up as it travels."""
    return msgspec.json.encode(setup, enc_hook=str)


def to_setup(text: bytes) -> Setup:
    """Read a set-up."""
    return msgspec.json.decode(text, type=Setup, dec_hook=lambda kind, value: kind(value))
