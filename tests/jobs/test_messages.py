from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from presage.config import Config
from presage.jobs import messages as m

TEXT = st.text()
FRACTION = st.floats(0, 1)
NEWS = (
    st.builds(m.Report, TEXT, TEXT, FRACTION)
    | st.builds(m.Refusal, TEXT, TEXT)
    | st.builds(m.Fault, TEXT, TEXT, TEXT)
    | st.builds(m.Exit, TEXT, st.integers(-64, 255))
)
COMMANDS = (
    st.builds(m.Start, TEXT, TEXT, st.lists(TEXT).map(tuple), st.booleans())
    | st.builds(m.Kill, TEXT)
    | st.builds(m.Lease, st.floats(0, 1e9))
)


@given(st.lists(NEWS), st.integers(1, 50))
def test_news_arrive_as_they_were_told_in_whatever_pieces(told, size):
    stream, lines = b"".join(map(m.to_line, told)), m.Lines()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [m.to_news(line) for piece in pieces for line in lines.feed(piece)] == told


@given(COMMANDS)
def test_commands_arrive_as_they_were_given(command):
    (line,) = m.Lines().feed(m.to_line(command))
    assert m.to_command(line) == command


CONFIG = st.builds(Config, data=st.just(Path("a folder/ü")), port=st.integers(0, 65535), region=TEXT)


@given(st.builds(m.Post, CONFIG, st.floats(0, 60), st.lists(TEXT).map(tuple)))
def test_a_post_travels_whole(post):
    assert m.to_post(m.from_post(post)) == post
