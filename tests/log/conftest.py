import pytest

from presage.log import open_log


@pytest.fixture
def open_with(tmp_path):
    """Opens the log of a folder with some streams; closes what was opened."""
    opened = []

    def open_it(*names, folder=tmp_path, consumer="somebody", **options):
        log = open_log(folder, **options)
        opened.append(log)
        for name in names:
            log.open_stream(name, consumer)
        return log

    yield open_it
    for log in opened:
        log.close()
