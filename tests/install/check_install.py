#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses Keratin as others do, from projects outside this tree: installed into a prefix that is then moved, found by
CMake and by pkg-config, and as a subdirectory. What comes of it runs without any environment variable.

    check_install.py shared CMAKE BUILD_DIR COMPILER [LAUNCHER]   what BUILD_DIR has built, a shared library
    check_install.py static CMAKE BUILD_DIR COMPILER [LAUNCHER]   builds the library as a subdirectory of a project,
                                                                  which installs it as well; of what BUILD_DIR has
                                                                  compiled already (reuse_objects.py)
"""
import os
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


def run_bare(program, *arguments):
    return run(program, *arguments, env={}, cwd="/")


def project(name, folder):
    """A copy of the user's project `name`, with a program."""
    shutil.copytree(HERE / name, folder / name)
    for example in ("first_program.cc", "table.cc", "table.c"):
        shutil.copy(ROOT / "examples" / example, folder / name)
    return folder / name


def check_package(folder, prefix, cmake, compiler):
    """The package of `prefix`, which is moved first."""
    moved = folder / "elsewhere" / "moved"
    moved.parent.mkdir()
    prefix.rename(moved)
    installed = sorted(path.relative_to(moved / "include").as_posix()
                       for path in (moved / "include").rglob("*") if path.is_file())
    public = floors.public_headers(ROOT)
    if installed != public:
        sys.exit(f"installed headers are not the public ones: {sorted(set(installed) ^ set(public))}")

    consumer = project("consumer", folder)
    run(cmake, "-S", consumer, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={moved}",
        f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug")
    run(cmake, "--build", folder / "build")
    run_bare(folder / "build" / "first_program")
    for program in ("own_classes", "table", "table_c"):
        run_bare(folder / "build" / program)

    pc = next(moved.rglob("keratin.pc"))
    flags = run("pkg-config", "--cflags", "--libs", "keratin", env={**os.environ, "PKG_CONFIG_PATH": pc.parent})
    run(compiler, "-std=c++20", consumer / "first_program.cc", "-o", folder / "by_pkg_config", *flags.split(),
        f"-Wl,-rpath,{pc.parents[1]}")
    run_bare(folder / "by_pkg_config")
    if (moved / "bin" / "keratin").exists():
        run_bare(moved / "bin" / "keratin", "--version")
        (folder / "texts.tsv").write_text("a\tyes indeed\nb\tno never\n" * 20)
        run_bare(moved / "bin" / "keratin", "train", folder / "texts.tsv", "--epochs", "1", "--predict", "no")
    return len(installed)


def main():
    kind, cmake, build, compiler, *launcher = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prefix = folder / "prefix"
        if kind == "static":
            launcher = [sys.executable, HERE / "reuse_objects.py", build, *filter(None, launcher)]
            parent, build = project("parent", folder), folder / "parent_build"
            run(cmake, "-G", "Ninja", "-S", parent, "-B", build, f"-DCMAKE_CXX_COMPILER={compiler}",
                f"-DKERATIN_TREE={ROOT}", "-DKERATIN_INSTALL=ON", "-DKERATIN_WERROR=ON", "-DCMAKE_UNITY_BUILD=ON",
                f"-DCMAKE_CXX_COMPILER_LAUNCHER={';'.join(map(str, launcher))}")
            run(cmake, "--build", build, "--parallel", "2")
            run_bare(build / "first_program")
        run(cmake, "--install", build, "--prefix", prefix)
        if kind == "shared" and not any(prefix.rglob("bin/keratin")):
            sys.exit("the tool is not installed")
        headers = check_package(folder, prefix, cmake, compiler)
        print(f"{kind}: {headers} headers; projects that find it by CMake and by pkg-config build, and run without "
              "any environment variable")


if __name__ == "__main__":
    main()
