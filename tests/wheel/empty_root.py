# SPDX-License-Identifier: Apache-2.0
"""A folder that is a machine with this Python alone: its standard library and what that is linked with, and the C
and C++ runtime. No shell, no compiler, no other library, no network."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

# Not part of what a program needs, and most of the size.
LEFT_OUT = shutil.ignore_patterns("test", "tests", "idlelib", "tkinter", "turtledemo", "__pycache__", "site-packages",
                                  "dist-packages", "config-3*", "_tkinter*", "*.a")


def libraries_of(program):
    """Where the linker finds what a program or a library is linked with."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", listed)]


class EmptyRoot:
    def __init__(self, folder):
        self.folder = folder
        self.python = pathlib.Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
        library = pathlib.Path(os.__file__).resolve().parent
        shutil.copytree(library, self.inside(library), ignore=LEFT_OUT)
        self.copy(self.python)
        modules = [path for path in library.glob("lib-dynload/*.so") if self.inside(path).exists()]
        for program in [self.python, *modules]:
            for needed in libraries_of(program):
                self.copy(needed)
        self.inside("/tmp").mkdir(exist_ok=True)  # Python itself may lie within

    def inside(self, path):
        return self.folder / str(path).lstrip("/")

    def copy(self, path):
        to = self.inside(path)
        if not to.exists():
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)

    def command(self, *words, **environment):
        """What runs Python there; by whoever may make the folder their root."""
        enter = ["chroot"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "chroot"]
        variables = [f"{name}={value}" for name, value in environment.items()]
        return ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *variables, *enter, self.folder, self.python, *words]

    def can_be_entered(self):
        return subprocess.run(self.command("-c", "pass"), capture_output=True).returncode == 0
