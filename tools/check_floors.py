#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the rules of the house (ARCHITECTURE.md) from the text of the tree.

    tools/check_floors.py [ROOT]

Prints a line a violation, `file:line: what is wrong`, and exits with 1 when there is one. The rules that
differ by folder are in tools/floors.txt. Plain Python 3, no packages.
"""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import floors  # noqa: E402

STANDARD = re.compile(r"^([a-z_0-9]+|std(def|int)\.h)$")  # <vector>: no other library's header has such a name
SPDX = "SPDX-License-Identifier: Apache-2.0"
LONGEST = 450  # lines of a file
SKIPPED = {"build", ".git", ".venv", ".cache", "__pycache__"}


def is_list(path, folder):
    """Whether the unit holds the closed list of the folder."""
    return path.stem == pathlib.PurePosixPath(folder).name


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.house = self.root / "src" / "keratin"
        self.rules = floors.Rules(self.root / "tools" / "floors.txt")
        self.violations = []

    def report(self, path, line, what):
        self.violations.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def run(self):
        sources = sorted(path for path in self.house.rglob("*") if path.suffix in (".h", ".cc"))
        for path in sources:
            self.check_source(path)
        self.check_circles(sources)
        self.check_public()
        self.check_units(sources)
        self.check_files()
        return self.violations

    # -- one file ---------------------------------------------------------------------------------

    def check_source(self, path):
        name = path.relative_to(self.house).as_posix()
        if "/" not in name:  # an umbrella includes what is public, on every floor
            for line, _, included in floors.includes(path):
                if not (self.root / "src" / included).is_file():
                    self.report(path, line, f"{included} is not there")
            return
        folder = self.rules.folder_of(name)
        if folder is None:
            self.report(path, 1, "its folder has no floor in tools/floors.txt")
            return
        is_test = path.stem.endswith("_test")
        for line, quoted, included in floors.includes(path):
            if not quoted:
                self.check_foreign(path, line, folder, included, is_test)
            elif included.startswith("keratin/"):
                self.check_floor(path, line, folder, included.removeprefix("keratin/"), is_test)
            elif self.is_third_party(included):  # some are always quoted: "hwy/foreach_target.h"
                self.check_foreign(path, line, folder, included, is_test)
            elif not (is_test and (self.root / "tests" / included).is_file()):
                self.report(path, line, f'"{included}": spell it "keratin/folder/unit.h"')
        if folder in self.rules.nothrow and not is_test:
            self.check_nothrow(path)

    def is_third_party(self, included):
        return any(included.startswith(prefix) for prefix, _ in self.rules.third_party)

    def check_foreign(self, path, line, folder, included, is_test):
        if STANDARD.match(included) or included.startswith(tuple(self.rules.system)):
            return
        places = [where for prefix, where in self.rules.third_party if included.startswith(prefix)]
        if not places:
            self.report(path, line, f"<{included}> is not among the libraries of tools/floors.txt")
        elif not any(folder in where or (is_test and "tests" in where) for where in places):
            self.report(path, line, f"<{included}> is for {', '.join(sorted(set().union(*places)))} only")

    def check_floor(self, path, line, folder, included, is_test):
        target = self.rules.folder_of(included)
        if not (self.house / included).is_file():
            self.report(path, line, f"keratin/{included} is not there")
        elif target is None:
            self.report(path, line, f"keratin/{included} stands on no floor")
        elif target in (folder, self.rules.around(folder)):
            self.check_sibling(path, line, target, included, is_test)
        elif folder == self.rules.around(target) and (is_test or is_list(path, folder)):
            pass
        elif self.rules.floor[target] >= self.rules.floor[folder]:
            self.report(path, line, f"{folder} (floor {self.rules.floor[folder]:g}) includes {target} "
                                    f"(floor {self.rules.floor[target]:g}): only lower floors")
        if not is_test:
            for forbidden in self.rules.forbid[folder]:
                if f"keratin/{included}".startswith(forbidden):
                    self.report(path, line, f"{folder} may not include {forbidden}")

    def check_sibling(self, path, line, folder, included, is_test):
        unit = path.stem
        sibling = pathlib.PurePosixPath(included).stem
        if folder in self.rules.open or is_test or is_list(path, folder) or sibling == unit:
            return
        if sibling not in self.rules.base_units[folder]:
            self.report(path, line, f"{unit} includes its sibling {sibling}: only the base unit, "
                                    f"or only from {folder}/{pathlib.PurePosixPath(folder).name}")

    def check_nothrow(self, path):
        code = floors.code_of(path.read_text())
        for number, line in enumerate(code.splitlines(), 1):
            if re.search(r"\bthrow\b|\.at\(", line):
                self.report(path, number, "kernels throw nothing")

    # -- the whole tree ---------------------------------------------------------------------------

    def check_circles(self, sources):
        """Units that include each other in a circle; tests and the umbrella are in none."""
        graph = {}
        for path in sources:
            if path.stem.endswith("_test") or path.parent == self.house:
                continue
            unit = path.relative_to(self.house).with_suffix("").as_posix()
            graph.setdefault(unit, set()).update(
                included.removeprefix("keratin/").removesuffix(".h")
                for _, quoted, included in floors.includes(path)
                if quoted and included.startswith("keratin/") and path.suffix == ".h")
            graph[unit].discard(unit)
        done, trail = set(), []

        def visit(unit):
            if unit in trail:
                circle = trail[trail.index(unit):] + [unit]
                self.report(self.house / (unit + ".h"), 1, "a circle: " + " -> ".join(circle))
                return
            if unit in done:
                return
            trail.append(unit)
            for other in sorted(graph.get(unit, ())):
                visit(other)
            trail.pop()
            done.add(unit)

        for unit in sorted(graph):
            visit(unit)

    def check_public(self):
        for name in floors.public_headers(self.root):
            path = self.root / "src" / name
            inner = name.removeprefix("keratin/")
            if inner.startswith(tuple(self.rules.private)):
                self.report(path, 1, "is private, and keratin/keratin.h reaches it")
            for line, quoted, included in floors.includes(path):
                if (not quoted and not STANDARD.match(included)) or self.is_third_party(included):
                    self.report(path, line, f"a public header includes <{included}>: standard library only")
                elif not quoted and included in self.rules.heavy:
                    self.report(path, line, f"a public header includes <{included}>: slow to compile")

    def check_units(self, sources):
        for path in sources:
            if path.suffix != ".cc":
                continue
            relative = path.relative_to(self.house)
            stem = path.stem.removesuffix("_test")
            unit = (relative.parent / stem).as_posix()
            lists = path.parent / "CMakeLists.txt"
            listed = lists.read_text() if lists.is_file() else ""
            words = re.findall(r"[\w.]+", listed)
            if stem not in words and path.name not in words and "keratin_units()" not in listed:
                self.report(path, 1, f"{stem} is not in {lists.relative_to(self.root)}")
            if path.stem.endswith("_test"):
                continue
            test = self.rules.covered.get(unit, f"{unit}_test")
            tests = [test]
            if "keratin_units()" in listed:  # a closed list: the test of the list walks all its classes
                folder = self.rules.around(relative.parent.as_posix()) or relative.parent.as_posix()
                tests.append(f"{folder}/{pathlib.PurePosixPath(folder).name}_test")
            if not any((self.house / f"{test}.cc").is_file() for test in tests):
                self.report(path, 1, f"no test: neither {path.stem}_test.cc beside it nor a `covered` line")
        for unit, test in self.rules.covered.items():
            if not (self.house / f"{unit}.h").is_file() and not (self.house / f"{unit}.cc").is_file():
                self.violations.append(f"tools/floors.txt:1: `covered {unit}`: there is no such unit")
            elif (self.house / f"{unit}_test.cc").is_file():
                self.violations.append(f"tools/floors.txt:1: `covered {unit}`: it has its own test")

    def check_files(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in SKIPPED and not f.startswith("build-")]
            for file in files:
                path = pathlib.Path(folder) / file
                if not path.is_symlink() and self.wants_spdx(path):
                    lines = path.read_text(errors="replace").splitlines()
                    if not any(SPDX in line for line in lines[:2]):
                        self.report(path, 1, f"no line `{SPDX}` among the first two")
                    if len(lines) > LONGEST:
                        self.report(path, LONGEST, f"{len(lines)} lines: a file about one thing has {LONGEST} at most")

    def wants_spdx(self, path):
        if path.suffix in (".h", ".cc", ".cpp", ".py", ".cmake", ".sh") or path.name == "CMakeLists.txt":
            return True
        if path.suffix:
            return False
        with path.open("rb") as file:
            return file.read(2) == b"#!"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    violations = Checker(root).run()
    for violation in violations:
        print(violation)
    if violations:
        print(f"check_floors: {len(violations)} violations", file=sys.stderr)
        return 1
    print("check_floors: the house stands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
