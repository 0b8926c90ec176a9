#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_floors.py on small trees: a clean one passes, and each broken rule is found where it is broken."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check_floors import Checker, SPDX  # noqa: E402

RULES = """\
floor 1 base
floor 2 tensor
floor 3 kernels
floor 4 losses
floor 4.5 metrics
floor 5 layers
open base
base layers layer
forbid kernels keratin/tensor/
nothrow kernels
private kernels/
heavy iostream
third-party hwy/ kernels
third-party gtest/ tests
system unistd.h
covered base/error by layers/dense_test
"""

CLEAN = {
    "tools/floors.txt": RULES,
    "src/keratin/keratin.h": '#include "keratin/layers/dense.h"\n',
    "src/keratin/base/CMakeLists.txt": "keratin_units(error)\n",
    "src/keratin/base/error.h": "#include <string>\n",
    "src/keratin/base/error.cc": '#include "keratin/base/error.h"\n',
    "src/keratin/kernels/gather.h": '// throw "text"\n#include <unistd.h>\n',
    "src/keratin/layers/CMakeLists.txt": "keratin_units(layer layers\n  dense)\n",
    "src/keratin/layers/layer.h": '#include "keratin/base/error.h"\n',
    "src/keratin/layers/dense.h": '#include "keratin/layers/layer.h"\n',
    "src/keratin/layers/dense.cc": '#include "keratin/layers/dense.h"\n#include "keratin/kernels/gather.h"\n',
    "src/keratin/layers/dense_test.cc": '#include <gtest/gtest.h>\n#include "keratin/layers/layers.h"\n',
    "src/keratin/layers/layers.h": '#include "keratin/layers/dense.h"\n',
}


class CheckFloorsTest(unittest.TestCase):
    def violations(self, changes):
        """Of the clean tree with these files changed; None removes one."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**CLEAN, **changes}.items():
                if text is None:
                    continue
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                unmarked = text.startswith("!")
                path.write_text(text[1:] if unmarked else f"// {SPDX}\n{text}" if path.suffix != ".txt"
                                else f"# {SPDX}\n{text}")
            return Checker(root).run()

    def assert_one(self, changes, where, what):
        found = self.violations(changes)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(where), found)
        self.assertIn(what, found[0])

    def test_clean_tree(self):
        self.assertEqual(self.violations({}), [])

    def test_higher_floor(self):
        self.assert_one({"src/keratin/tensor/tensor.h": '#include "keratin/layers/layer.h"\n'},
                        "src/keratin/tensor/tensor.h:2:", "only lower floors")

    def test_same_floor_part(self):
        self.assertEqual(self.violations({"src/keratin/losses/loss.h": "",
                                          "src/keratin/metrics/metric.h": '#include "keratin/losses/loss.h"\n'}), [])
        self.assert_one({"src/keratin/metrics/metric.h": "",
                         "src/keratin/losses/loss.h": '#include "keratin/metrics/metric.h"\n'},
                        "src/keratin/losses/loss.h:2:", "floor 4.5")

    def test_sibling(self):
        self.assert_one({"src/keratin/layers/flatten.h": '#include "keratin/layers/dense.h"\n'},
                        "src/keratin/layers/flatten.h:2:", "sibling dense")

    def test_room(self):
        room = {"tools/floors.txt": CLEAN["tools/floors.txt"] + "floor 5.05 layers/rnn\nroom layers/rnn\nbase layers/rnn cell\n",
                "src/keratin/layers/rnn/CMakeLists.txt": "keratin_units()\n",
                "src/keratin/layers/layers_test.cc": "",
                "src/keratin/layers/layers.h": '#include "keratin/layers/rnn/lstm.h"\n',
                "src/keratin/layers/rnn/cell.h": '#include "keratin/layers/layer.h"\n',
                "src/keratin/layers/rnn/lstm.h": '#include "keratin/layers/rnn/cell.h"\n',
                "src/keratin/layers/rnn/lstm.cc": ""}
        self.assertEqual(self.violations(room), [])
        self.assert_one({**room, "src/keratin/layers/rnn/gru.h": '#include "keratin/layers/rnn/lstm.h"\n'},
                        "src/keratin/layers/rnn/gru.h:2:", "sibling lstm")
        self.assert_one({**room, "src/keratin/layers/rnn/gru.h": '#include "keratin/layers/dense.h"\n'},
                        "src/keratin/layers/rnn/gru.h:2:", "sibling dense")
        self.assert_one({**room, "src/keratin/layers/dense.h": '#include "keratin/layers/rnn/lstm.h"\n'},
                        "src/keratin/layers/dense.h:2:", "only lower floors")

    def test_circle_in_open_folder(self):
        found = self.violations({"src/keratin/base/error.h": '#include "keratin/base/shape.h"\n',
                                 "src/keratin/base/shape.h": '#include "keratin/base/error.h"\n'})
        self.assertEqual(len(found), 1, found)
        self.assertIn("a circle: ", found[0])

    def test_unknown_folder(self):
        self.assert_one({"src/keratin/attic/box.h": ""}, "src/keratin/attic/box.h:1:", "no floor")

    def test_missing_file(self):
        self.assert_one({"src/keratin/layers/dense.h": '#include "keratin/layers/layer.h"\n#include "keratin/base/gone.h"\n'},
                        "src/keratin/layers/dense.h:3:", "is not there")

    def test_umbrella_without_its_header(self):
        self.assert_one({"src/keratin/keratin.h": '#include "keratin/layers/gone.h"\n'},
                        "src/keratin/keratin.h:2:", "is not there")

    def test_short_spelling(self):
        self.assert_one({"src/keratin/layers/dense.h": '#include "layer.h"\n'},
                        "src/keratin/layers/dense.h:2:", "spell it")

    def test_kernel_takes_tensor(self):
        self.assert_one({"src/keratin/tensor/tensor.h": "",
                         "src/keratin/kernels/gather.h": '#include "keratin/tensor/tensor.h"\n'},
                        "src/keratin/kernels/gather.h:2:", "may not include keratin/tensor/")

    def test_kernel_throws(self):
        self.assert_one({"src/keratin/kernels/gather.h": "void f() { throw 1; }\n"},
                        "src/keratin/kernels/gather.h:2:", "throw nothing")

    def test_public_header_with_third_party(self):
        found = self.violations({"src/keratin/layers/layer.h": "#include <hwy/highway.h>\n"})
        self.assertEqual(len(found), 2, found)  # not for this folder, and not in a public header
        self.assertIn("kernels only", found[0])
        self.assertIn("standard library only", found[1])

    def test_quoted_third_party(self):
        self.assertEqual(self.violations({"src/keratin/kernels/gather.h": '#include "hwy/highway.h"\n'}), [])
        self.assert_one({"src/keratin/layers/dense.cc": '#include "hwy/highway.h"\n'},
                        "src/keratin/layers/dense.cc:2:", "kernels only")

    def test_public_header_that_is_slow(self):
        self.assert_one({"src/keratin/layers/layer.h": "#include <iostream>\n"},
                        "src/keratin/layers/layer.h:2:", "slow to compile")

    def test_public_reaches_private(self):
        self.assert_one({"src/keratin/layers/layer.h": '#include "keratin/kernels/gather.h"\n',
                         "src/keratin/kernels/gather.h": ""},
                        "src/keratin/kernels/gather.h:1:", "is private")

    def test_unknown_library(self):
        self.assert_one({"src/keratin/layers/dense.cc": "#include <boost/any.hpp>\n"},
                        "src/keratin/layers/dense.cc:2:", "not among the libraries")

    def test_unit_without_test(self):
        self.assert_one({"src/keratin/layers/dense_test.cc": None,
                         "src/keratin/layers/other_test.cc": "",
                         "src/keratin/layers/CMakeLists.txt": "keratin_units(dense other)\n",
                         "tools/floors.txt": RULES.replace("dense_test", "other_test")},
                        "src/keratin/layers/dense.cc:1:", "no test")

    def test_unit_of_a_closed_list(self):
        whole = {"src/keratin/layers/CMakeLists.txt": "keratin_units()\n", "src/keratin/layers/flatten.cc": ""}
        self.assert_one(whole, "src/keratin/layers/flatten.cc:1:", "no test")
        self.assertEqual(self.violations({**whole, "src/keratin/layers/layers_test.cc": ""}), [])

    def test_covered_with_its_own_test(self):
        self.assert_one({"src/keratin/base/error_test.cc": ""}, "tools/floors.txt:1:", "its own test")

    def test_unit_not_in_cmake(self):
        found = self.violations({"src/keratin/layers/CMakeLists.txt": "keratin_units(layer)\n"})
        self.assertEqual(len(found), 2, found)
        self.assertIn("dense is not in src/keratin/layers/CMakeLists.txt", found[0])

    def test_spdx(self):
        self.assert_one({"tests/support/x.py": "!print()\n"}, "tests/support/x.py:1:", "no line")
        self.assert_one({"dev": "!#!/bin/bash\n"}, "dev:1:", "no line")

    def test_length(self):
        self.assert_one({"tests/support/x.py": "print()\n" * 450}, "tests/support/x.py:450:", "451 lines")

    def test_rule_that_is_none(self):
        with self.assertRaises(ValueError):
            self.violations({"tools/floors.txt": RULES + "roof layers\n"})


if __name__ == "__main__":
    unittest.main()
