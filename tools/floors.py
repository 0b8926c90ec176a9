# SPDX-License-Identifier: Apache-2.0
"""Reads tools/floors.txt and the #include lines of the tree. Plain Python 3, no packages."""
import pathlib
import re
from collections import defaultdict

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
UMBRELLAS = ["keratin/keratin.h", "keratin/c/keratin.h"]


class Rules:
    """floors.txt, one attribute a kind of line. Raises ValueError for a line that is none of them."""

    def __init__(self, path):
        self.floor = {}
        self.rooms = set()
        self.open = set()
        self.base_units = defaultdict(set)
        self.forbid = defaultdict(list)
        self.nothrow = set()
        self.private = []
        self.heavy = set()
        self.third_party = []  # (prefix, folders)
        self.system = []
        self.covered = {}  # unit -> test
        for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
            words = line.split("#")[0].split()
            if words and not self._take(words):
                raise ValueError(f"{path}:{number}: not understood: {line.strip()}")

    def _take(self, words):
        kind, rest = words[0], words[1:]
        if kind == "floor" and len(rest) > 1:
            self.floor.update((folder, float(rest[0])) for folder in rest[1:])
        elif kind == "room":
            self.rooms.update(rest)
        elif kind == "open":
            self.open.update(rest)
        elif kind == "base" and len(rest) > 1:
            self.base_units[rest[0]].update(rest[1:])
        elif kind == "forbid" and len(rest) > 1:
            self.forbid[rest[0]] += rest[1:]
        elif kind == "nothrow":
            self.nothrow.update(rest)
        elif kind == "private":
            self.private += rest
        elif kind == "heavy":
            self.heavy.update(rest)
        elif kind == "third-party" and len(rest) > 1:
            self.third_party.append((rest[0], set(rest[1:])))
        elif kind == "system":
            self.system += rest
        elif kind == "covered" and "by" in rest[1:-1]:
            self.covered.update((unit, rest[-1]) for unit in rest[:rest.index("by")])
        else:
            return False
        return True

    def folder_of(self, path):
        """The longest declared folder that holds this path below src/keratin; None when there is none."""
        parts = pathlib.PurePosixPath(path).parent.parts
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            if folder in self.floor:
                return folder
        return None

    def around(self, room):
        """The folder that a room is a part of; None for a folder that is no room."""
        return room.rpartition("/")[0] if room in self.rooms else None


def code_of(text):
    """The text without comments and string literals, line numbers kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
    return pattern.sub(lambda match: "\n" * match.group().count("\n"), text)


def includes(path):
    """[(line number, quoted?, name)] of a file."""
    text = path.read_text()
    return [(text.count("\n", 0, match.start()) + 1, match[1] == '"', match[2])
            for match in INCLUDE.finditer(text)]


def public_headers(root):
    """What the umbrellas, for C++ and for C, reach through #include "keratin/...": sorted names below src/."""
    source = pathlib.Path(root) / "src"
    found, queue = set(), list(UMBRELLAS)
    while queue:
        name = queue.pop()
        if name in found or not (source / name).is_file():
            continue
        found.add(name)
        queue += [included for _, quoted, included in includes(source / name)
                  if quoted and included.startswith("keratin/")]
    return sorted(found)
