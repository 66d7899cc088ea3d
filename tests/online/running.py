"""Where an online store is; tests open it there."""

from contextlib import closing

from presage.online import open_online


class Place:
    """Where a store is; it can be opened there more than once."""

    def __init__(self, folder, url=""):
        self.folder, self.url = folder, url

    def open(self):
        return closing(open_online(self.folder, self.url))
