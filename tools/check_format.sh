#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sources are as clang-format 15 writes them. 77, "skipped" for CTest, where it is not installed.
command -v clang-format-15 >/dev/null || exit 77
exec "$(dirname "$0")/../dev" format --check
