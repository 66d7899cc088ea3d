"""What a command says when it cannot do what it is asked: what is wrong, and never a trace."""

import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from presage.cli import main
from presage.config import Config
from presage.listening import check_address


def said(*command):
    found = CliRunner().invoke(main, [*map(str, command)])
    assert found.exit_code == 2, found.output
    return found.stderr


@pytest.mark.parametrize("processes", [1, 2])
def test_a_port_that_is_taken_is_told(processes):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"127.0.0.1:{port}: Address already in use; choose another"):
            check_address(Config(port=port, processes=processes))
    check_address(Config(port=port, processes=processes))


def test_a_port_that_is_taken_is_told_before_anything_is_opened(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = ["serve", "--data", tmp_path / "data", "--port", str(taken.getsockname()[1])]
        asked = [sys.executable, "-m", "presage", *command]
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "Address already in use" in found.stderr
    assert found.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_is_a_file_is_named(tmp_path):
    file = tmp_path / "data"
    file.touch()
    assert said("keys", "create", "--data", file) == f"presage: {file}: File exists\n"


def test_records_that_are_none_are_told_in_a_line(tmp_path):
    (tmp_path / "records.sqlite").write_bytes(b"no database" * 1_000)
    text = said("pipeline", "list", "--data", tmp_path)
    assert text == "presage: the database: (sqlite3.DatabaseError) file is not a database\n"
