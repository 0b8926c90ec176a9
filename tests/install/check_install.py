#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs the build into a fresh prefix, and builds and runs a project outside this tree that finds
nothing else.

    check_install.py CMAKE BUILD_DIR COMPILER
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import floors  # noqa: E402


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    cmake, build, compiler = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prefix, consumer = folder / "prefix", folder / "consumer"
        run(cmake, "--install", build, "--prefix", prefix)

        installed = sorted(path.relative_to(prefix / "include").as_posix()
                           for path in (prefix / "include").rglob("*") if path.is_file())
        public = floors.public_headers(ROOT)
        if installed != public:
            sys.exit(f"installed headers are not the public ones: {sorted(set(installed) ^ set(public))}")

        shutil.copytree(HERE / "consumer", consumer)
        shutil.copy(ROOT / "examples" / "first_program.cc", consumer)
        run(cmake, "-S", consumer, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug")
        run(cmake, "--build", folder / "build")
        run(folder / "build" / "first_program")
        print(f"installed {len(installed)} headers; a project that finds keratin builds and runs")


if __name__ == "__main__":
    main()
