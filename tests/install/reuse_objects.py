#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A launcher of compilers, for a build of the library beside one that is there: where BUILD_DIR has compiled the same
source with the same options, but for those that come with a type of build or a kind of library, the object is copied.

    reuse_objects.py BUILD_DIR COMPILER ARGUMENTS...

The sources of one folder (`parallel`) are compiled all the same: what a type of build adds is seen there.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import sys

COMPILED = "src_keratin_parallel_"
OF_A_KIND = re.compile(r"-O\w*|-g\d?|-DNDEBUG|-Winvalid-pch|-fpch-preprocess|-D_GLIBCXX_ASSERTIONS|-DTBB_USE_DEBUG|-Dkeratin_EXPORTS|-[UD]_FORTIFY_SOURCE\S*")


def read(words):
    """The options of a command, and what its options with a file name."""
    options, files = set(), {}
    words = iter(words)
    for word in words:
        if word in ("-o", "-c", "-MF", "-MT", "-include"):
            files[word] = next(words)
        elif word != "-MD" and not OF_A_KIND.fullmatch(word):
            options.add(word)
    return options, files


def same(there, source):
    """Whether both are one file, or name the same sources that are compiled together."""
    there, source = pathlib.Path(there), pathlib.Path(source)
    if there == source:
        return True
    return there.name == source.name and "Unity" in source.parts and there.exists() and there.read_text() == source.read_text()


def object_for(build, options, source):
    """What BUILD_DIR has made of the source, or None."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if "keratin_EXPORTS" not in entry["command"] or not same(entry["file"], source):
            continue
        there, files = read(shlex.split(entry["command"])[1:])
        made = pathlib.Path(entry["directory"]) / files["-o"]
        if there == options and made.exists() and made.stat().st_mtime >= os.stat(entry["file"]).st_mtime:
            return made
    return None


def main():
    build, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    start = next(i for i, word in enumerate(command) if word.startswith("-"))  # past the compiler and its launcher
    options, files = read(command[start:])
    source = files.get("-c")
    made = object_for(build, options, source) if source and COMPILED not in source else None
    if made is None:
        os.execvp(command[0], command)
    shutil.copyfile(made, files["-o"])
    if "-MF" in files:
        pathlib.Path(files["-MF"]).write_text(f"{files['-o']}: {source}\n")


main()
