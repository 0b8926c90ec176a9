# SPDX-License-Identifier: Apache-2.0
"""keras.ops element by element, with their slopes: tests/golden/op_cases.py says how."""
from op_cases import case, floats, ints, np, write

cases = []

for name in ("Exp",):
    cases.append(case(name, [floats(3, 4)]))
    cases.append(case(name, [ints(2, 3)]))

PAIRS = [((2, 3), (2, 3)), ((2, 3), ()), ((2, 3), (3,)), ((4, 1, 3), (2, 1)), ((2, 1), (1, 3))]
for name in ("Add", "Multiply"):
    for a, b in PAIRS:
        cases.append(case(name, [floats(*a), floats(*b)], repeat=[0, 1] if a == b else [0]))
    for a, b in (("int32", "int64"), ("uint8", "int8"), ("bool", "int32"), ("bool", "bool")):
        cases.append(case(name, [ints(2, 3, low=0, dtype=a), ints(3, low=0, dtype=b)], repeat=[0]))
    cases.append(case(name, [ints(2, 3), floats(3)], repeat=[0]))

write("ops", cases)
