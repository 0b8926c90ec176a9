# SPDX-License-Identifier: Apache-2.0
# What must be there, for `dev`, which has say() and die(): `need KIND...` looks, and installs what is missing.

# One line a need: what it is | how one sees it | the package of Debian and Ubuntu. A tool is seen by its
# name; a library by its package where there is dpkg, and by its header elsewhere.
needs_of() {
  case $1 in
    build) cat <<'TEXT'
a C++20 compiler (GCC 12 or newer)|g++|g++
CMake 3.22 or newer|cmake|cmake
Ninja|ninja|ninja-build
pkg-config|pkg-config|pkg-config
oneTBB|tbb/parallel_for.h|libtbb-dev
CLI11 2.0 or newer|CLI/CLI.hpp|libcli11-dev
zlib|zlib.h|zlib1g-dev
Google Highway 1.0 or newer|hwy/highway.h|libhwy-dev
utf8proc|utf8proc.h|libutf8proc-dev
TEXT
    ;;
    test) cat <<'TEXT'
GoogleTest|gtest/gtest.h|libgtest-dev
Python 3 (plain)|python3|python3
TEXT
    ;;
    python) cat <<'TEXT'
venv for Python 3|venv|python3-venv
headers of Python 3|Python.h|python3-dev
TEXT
    ;;
    bench) echo 'Google Benchmark|benchmark/benchmark.h|libbenchmark-dev' ;;
    format) echo 'clang-format 15|clang-format-15|clang-format-15' ;;
    golden) printf '%s\n' 'Python 3|python3|python3' 'venv for Python 3|venv|python3-venv' ;;
  esac
}

is_there() {  # how-one-sees-it package
  case $1 in
    Python.h) python3 -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' 2>/dev/null ;;
    venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    g++) command -v "${CXX:-g++}" >/dev/null ;;
    *.h | *.hpp)
      if command -v dpkg-query >/dev/null; then
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$2" 2>/dev/null)" = installed ]
      else
        command -v "${CXX:-g++}" >/dev/null &&
          printf '#include <%s>\n' "$1" | "${CXX:-g++}" -std=c++20 -x c++ -fsyntax-only - 2>/dev/null
      fi ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# need KIND...: returns when everything is there, after installing it if need be.
need() {
  local kind what seen package missing='' packages=()
  for kind in "$@"; do
    while IFS='|' read -r what seen package; do
      if ! is_there "$seen" "$package"; then
        missing+="  $(printf '%-36s %s' "$what" "$package")"$'\n'
        packages+=("$package")
      fi
    done < <(needs_of "$kind")
  done
  [ ${#packages[@]} -eq 0 ] && return

  say "Keratin needs, and this machine lacks:"
  if ! command -v apt-get >/dev/null; then
    printf '%s' "$missing" | sed -E 's/ +[^ ]+$//' >&2  # the package names are Debian's
    die $exit_missing "this is neither Debian nor Ubuntu: install these as your system does, then run ./dev again"
  fi
  printf '%s' "$missing" >&2
  local install="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
  local -a as_root
  if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo env)
  else
    say "Run this, then ./dev again:"
    say ""
    if command -v sudo >/dev/null; then say "  sudo sh -c '$install'"; else say "  su -c '$install'"; fi
    say ""
    exit $exit_missing
  fi
  say "Installing them: $install"
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive sh -c "$install" >&2 ||
    die $exit_missing "apt-get could not install them (its words are above)"
}
