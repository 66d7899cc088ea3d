"""What an S3 keeps for servers on several machines, with a cache of it on each machine.

store     objects by key: listed, uploaded, downloaded, written on conditions
folders   folders of files: brought here when they are needed, put there when they are written
lease     one writer at a time, whichever machine it is on
"""

from .folders import Folders, LocalFolders, SharedFolders
from .lease import leased
from .store import ObjectStore, ObjectStoreError

__all__ = ["Folders", "LocalFolders", "ObjectStore", "ObjectStoreError", "SharedFolders", "leased"]
