"""Arrays at rest: one file each, whole or absent, checked and memory-mapped when it is read.

safetensors   arrays and JSON in one file
store         a fitted model's folder, which holds one such file
format_1      folders that an older presage wrote: a file per array
"""

from .errors import Damaged
from .safetensors import read_file, read_meta, write_file
from .store import load, save

__all__ = ["Damaged", "load", "read_file", "read_meta", "save", "write_file"]
