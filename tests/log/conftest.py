import pytest

from presage.log import open_log


@pytest.fixture
def open_with(tmp_path):
    """Opens the log of a folder with some streams; closes what was opened."""
    yield from opener(tmp_path)


def opener(folder, url=""):
    opened = []

    def open_it(*names, folder=folder, consumer="somebody", **options):
        log = open_log(folder, url, **options)
        opened.append(log)
        for name in names:
            log.open_stream(name, consumer)
        return log

    yield open_it
    for log in opened:
        log.close()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    """The database of a log of each form; empty stands for the file in the folder."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture
def open_any(tmp_path, url):
    """The same as `open_with`, for a log of each form."""
    yield from opener(tmp_path, url)
