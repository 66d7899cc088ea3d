import pytest

from presage.remote import LocalFolders, SharedFolders


@pytest.fixture
def machines(store, tmp_path):
    """Two machines with the same folders."""
    return [SharedFolders(tmp_path / name, store, "models") for name in ("here", "there")]


def write(folders, name, text):
    file = folders.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def files(folders):
    found = (one.relative_to(folders.root) for one in folders.root.rglob("*") if one.is_file())
    return {str(one) for one in found if not one.name.startswith(".")}


def test_what_one_puts_there_another_finds(machines):
    here, there = machines
    write(here, "a/model/x", "one")
    write(here, "a/y", "two")
    write(here, "a/lock", "")
    write(here, "b/z", "not put there")
    here.push("a")
    assert there.pull("a") == there.root / "a"
    assert files(there) == {"a/model/x", "a/y"}
    assert (there.root / "a/model/x").read_text() == "one"
    assert there.parts("a") == {"model"}


def test_a_change_is_brought_and_what_is_the_same_is_not(machines):
    here, there = machines
    write(here, "a/x", "one")
    write(here, "a/y", "same")
    here.push("a")
    there.pull()
    before = (there.root / "a/y").stat().st_ino
    write(here, "a/x", "two")
    here.push("a")
    there.pull()
    assert (there.root / "a/x").read_text() == "two"
    assert (there.root / "a/y").stat().st_ino == before


def test_a_file_that_its_writer_deletes_goes_everywhere(machines):
    here, there = machines
    write(here, "a/1", "old")
    here.push("a")
    there.pull()
    (here.root / "a/1").unlink()
    write(here, "a/2", "new")
    here.push("a")
    there.pull()
    assert files(here) == files(there) == {"a/2"}


def test_what_is_removed_by_one_goes_from_all(machines):
    here, there = machines
    for name in ("a/x", "b/x"):
        write(here, name, name)
        here.push(name[0])
    there.pull()
    here.remove("a")
    there.sweep()
    assert files(here) == files(there) == {"b/x"}
    assert not (there.root / "a").exists()
    assert there.pull("a") == there.root / "a"
    assert not (there.root / "a").exists()


def test_what_was_not_put_there_yet_stays(machines):
    here, _ = machines
    write(here, "a/x", "being written")
    here.pull()
    here.pull("a")
    here.sweep()
    assert files(here) == {"a/x"}


def test_a_copy_that_was_lost_is_brought_again(machines):
    here, there = machines
    write(here, "a/x", "one")
    here.push("a")
    there.pull("a")
    (there.root / "a/x").unlink()
    assert (there.pull("a") / "x").read_text() == "one"


def test_folders_of_one_machine_alone(tmp_path):
    own = LocalFolders(tmp_path)
    assert own.parts("a") == set()
    write(own, "a/x/file", "one")
    own.push("a")
    own.sweep()
    assert own.pull("a") == tmp_path / "a"
    assert own.parts("a") == {"x"}
    own.remove("a")
    own.remove("a")
    assert files(own) == set()
