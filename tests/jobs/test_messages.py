from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from presage.config import Config
from presage.jobs import messages as m

TEXT = st.text()
FRACTION = st.floats(0, 1)
MESSAGES = (
    st.builds(m.Progress, TEXT, TEXT, FRACTION)
    | st.builds(m.Failure, TEXT, TEXT)
    | st.builds(m.Crash, TEXT, TEXT, TEXT)
    | st.builds(m.Stalled, TEXT, TEXT, FRACTION, st.floats(0, 1e9), st.booleans())
    | st.builds(m.Exit, TEXT, st.integers(-64, 255), st.booleans())
)
COMMANDS = (
    st.builds(m.Start, TEXT, TEXT, st.lists(TEXT).map(tuple), st.booleans())
    | st.builds(m.Kill, TEXT)
    | st.builds(m.Renew, st.floats(0, 1e9))
)


@given(st.lists(MESSAGES), st.integers(1, 50))
def test_messages_arrive_as_they_were_sent_in_whatever_pieces(sent, size):
    stream, lines = b"".join(map(m.to_line, sent)), m.Lines()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [m.to_message(line) for piece in pieces for line in lines.feed(piece)] == sent


@given(COMMANDS)
def test_commands_arrive_as_they_were_given(command):
    (line,) = m.Lines().feed(m.to_line(command))
    assert m.to_command(line) == command


LIMITS = st.builds(m.Limits, stall_seconds=st.floats(0, 1e6), silent_seconds=st.floats(0, 1e6))
CONFIG = st.builds(Config, data=st.just(Path("a folder/ü")), port=st.integers(0, 65535), region=TEXT)


@given(st.builds(m.Setup, CONFIG, st.floats(0, 60), LIMITS, st.lists(TEXT).map(tuple)))
def test_a_set_up_travels_whole(setup):
    assert m.to_setup(m.from_setup(setup)) == setup
