# SPDX-License-Identifier: Apache-2.0
"""keras.ops element by element, with their slopes: tests/golden/op_cases.py says how."""
from op_cases import case, floats, ints, np, write

INF, NAN = np.inf, np.nan
cases = []


def f32(*values):
    return np.array(values, np.float32)


# -- of one value: inside of the range, where h = 1/8 leads nowhere else, then at its ends -----------

ANY = f32(-2.5, -1.25, -0.5, 0.3, 0.75, 1.9)
POSITIVE = f32(0.6, 0.8, 1.7, 2.5, 4, 9)
UNIT = f32(-0.4, -0.3, -0.2, 0.1, 0.25, 0.45)
ABOVE = f32(1.75, 2, 2.5, 3, 4.5, 9)
ENDS = f32(0, -0.0, 1, -1, 1e-30, -1e-30, 20, -20, INF, -INF, NAN)
SMOOTH = {
    "Exp": ANY, "Expm1": ANY, "Log": POSITIVE + 1, "Log1p": POSITIVE, "Log2": POSITIVE + 1, "Log10": POSITIVE + 1,
    "Sqrt": POSITIVE + 1, "Rsqrt": POSITIVE + 1, "Reciprocal": POSITIVE + 1, "Sin": ANY, "Cos": ANY,
    "Tan": f32(-0.75, -0.5, -0.25, 0.3, 0.6, 0.7), "Arcsin": UNIT, "Arccos": UNIT, "Arctan": ANY, "Sinh": ANY,
    "Cosh": ANY, "Arcsinh": ANY, "Arccosh": ABOVE, "Arctanh": UNIT, "Erf": ANY, "Erfinv": UNIT,
}
for name, inside in SMOOTH.items():
    cases.append(case(name, [inside.reshape(2, 3)]))
    cases.append(case(name, [ENDS], smooth=False))
    if name not in ("Rsqrt", "Erf", "Erfinv"):  # Keras on JAX refuses integers here
        cases.append(case(name, [ints(2, 3)], smooth=False))
cases.append(case("Expm1", [f32(1e-6, -1e-6, 1e-3)]))
cases.append(case("Log1p", [f32(1e-6, -1e-6, 1e-3)]))
cases.append(case("Erfinv", [f32(0.999, -0.9999, 0.999999, 1e-6)], smooth=False, scale=20))
cases.append(case("Arctanh", [f32(0.999, -0.9999, 1e-6)], smooth=False))
cases.append(case("Arcsin", [f32(0.999, -0.9999, 1e-6)], smooth=False))

CORNERS = f32(-2.5, -1.5, -1, -0.5, -0.0, 0, 0.5, 1, 1.5, 2.5, 3, 1e10, INF, -INF, NAN)
APART = f32(-2.3, -1.25, 1.27, 0.24, 2.72, -0.74)
for name in ("Absolute", "Negative", "Sign", "Square", "Floor", "Ceil", "Round", "Trunc", "Isnan", "Isinf", "Isfinite",
             "LogicalNot", "StopGradient"):
    config = {"decimals": 0} if name == "Round" else {}
    cases.append(case(name, [APART.reshape(2, 3)], config, smooth=name != "StopGradient"))
    cases.append(case(name, [CORNERS], config, smooth=False))
    for dtype in ("int8", "uint8", "int64"):
        cases.append(case(name, [ints(2, 3, low=0 if dtype[0] == "u" else -4, dtype=dtype)], config))
    if name not in ("Negative", "Sign", "Round"):
        cases.append(case(name, [ints(4, low=0, high=2, dtype="bool")], config))
cases.append(case("Negative", [np.array([2**63, 1], "uint64")]))
cases.append(case("Sign", [np.array([2**63 + 1, 1], "uint64")]))
cases.append(case("Absolute", [np.array([-2**63, 2**63 - 1], "int64")]))
cases.append(case("Round", [f32(1.25, 1.35, -2.675, 0.449)], {"decimals": 1}, smooth=False))
cases.append(case("Round", [f32(125, 135, -267.5, 44.9)], {"decimals": -1}, smooth=False))
cases.append(case("Round", [np.array([125, 135, -267, 44])], {"decimals": -1}))

cases.append(case("Clip", [f32(-2, -0.75, 0.3, 0.75, 1.6, 4).reshape(2, 3)], {"x_min": -1.0, "x_max": 2.0}))
cases.append(case("Clip", [CORNERS], {"x_min": -1.0, "x_max": 1.5}, smooth=False))
cases.append(case("Clip", [CORNERS], {"x_min": 2.0, "x_max": 1.0}, smooth=False))
cases.append(case("Clip", [CORNERS], {"x_min": None, "x_max": 1.0}, smooth=False))
cases.append(case("Clip", [CORNERS], {"x_min": 0.5, "x_max": None}, smooth=False))
for dtype in ("int32", "uint8", "int64"):
    cases.append(case("Clip", [ints(3, 4, low=0, high=9, dtype=dtype)], {"x_min": 2, "x_max": 5}))

for dtype in ("float32", "int32", "uint8", "int64", "bool", "int8"):
    cases.append(case("Cast", [f32(-2.7, -0.5, 0.0, 0.5, 3.9, 100)], {"dtype": dtype}, smooth=dtype == "float32"))
    cases.append(case("Cast", [np.array([300, 1, 0, -1])], {"dtype": dtype}))
for dtype in ("int32", "int8"):
    cases.append(case("Cast", [f32(1e20, -1e20, INF, -INF, NAN)], {"dtype": dtype}, smooth=False))
cases.append(case("NanToNum", [APART], {"nan": 0.0, "posinf": None, "neginf": None}))
cases.append(case("NanToNum", [ENDS], {"nan": 0.0, "posinf": None, "neginf": None}, smooth=False))
cases.append(case("NanToNum", [ENDS], {"nan": 3.0, "posinf": 7.0, "neginf": -2.0}, smooth=False))
cases.append(case("NanToNum", [ints(3)], {"nan": 0.0, "posinf": None, "neginf": None}))

# -- of two ----------------------------------------------------------------------------------------

PAIRS = [((2, 3), (2, 3)), ((2, 3), ()), ((), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 1)), ((2, 1), (1, 3)),
         ((2, 1, 2, 1, 2), (3, 2, 1, 1))]
TYPES = [("int32", "int64"), ("uint8", "int8"), ("bool", "int32"), ("bool", "bool"), ("uint8", "uint32"),
         ("int16", "uint16"), ("uint64", "int32"), ("int32", "float32")]
SPECIAL = f32(0, 1, -1, 2, -2.5, INF, -INF, NAN)
GRID = np.repeat(SPECIAL, len(SPECIAL)), np.tile(SPECIAL, len(SPECIAL))


def apart(*shape):
    """Numbers of which each is 0.3 or more from those of any other shape and from 0, and positive."""
    return (np.abs(floats(*shape)) + 1.5).astype(np.float32)


def typed(dtype, *shape):
    return floats(*shape) if dtype == "float32" else ints(*shape, low=0 if dtype[0] in "ub" else -4, dtype=dtype)


def nonzero(x):
    return np.where(x == 0, x.dtype.type(3), x)


BINARY = ["Add", "Subtract", "Multiply", "Divide", "TrueDivide", "DivideNoNan", "Power", "Mod", "FloorDivide", "Maximum",
          "Minimum", "Arctan2", "Logaddexp"]
for name in BINARY:
    # Those with jumps are given pairs that stay on one side: x1 / x2 lies amid whole numbers.
    broken = name in ("Mod", "FloorDivide", "Maximum", "Minimum")
    for a, b in PAIRS:
        x1, x2 = apart(*a), apart(*b)
        if broken:
            x1, x2 = (x1 / x1 * 4.6 + floats(*a, scale=0.05)).astype("f4"), (x2 / x2 * 3.1 + floats(*b, scale=0.05)).astype("f4")
        cases.append(case(name, [x1, x2], repeat=[0, 1] if a == b else [] if not a else [0],
                          scale=float(max(np.abs(x1).max(), 1) ** x2.max()) if name == "Power" else None))
    # JAX's slopes of logaddexp by numbers beside infinity are those beside 0: left out.
    cases.append(case(name, [x[np.isfinite(GRID[0]) & np.isfinite(GRID[1])] if name == "Logaddexp" else x for x in GRID],
                      smooth=False, scale=40))
    for a, b in TYPES:
        if name == "Subtract" and a == b == "bool":
            continue
        x1, x2 = typed(a, 2, 3), typed(b, 3)
        if name in ("Divide", "TrueDivide", "Power", "Mod", "FloorDivide"):
            x2 = nonzero(x2)
        if name == "Power":
            x1, x2 = np.abs(x1), np.abs(x2) if x2.dtype != bool else x2
        cases.append(case(name, [x1, x2], repeat=[0], smooth=False, scale=300 if name == "Power" else None))
cases.append(case("Mod", [np.array([5, -5, 0, -2**63]), np.array([0, 0, 0, -1])]))
cases.append(case("FloorDivide", [np.array([5, -5, 0]), np.array([0, 0, 0])]))
cases.append(case("FloorDivide", [np.array([7, -7, 7, -7]), np.array([2, 2, -2, -2])]))
cases.append(case("FloorDivide", [f32(1, 7, -7, 7.5), f32(0.1, 2, 2, -2)], smooth=False))
cases.append(case("Power", [np.array([2, -1, -1, 1, 3]), np.array([62, 3, 4, 9, 0])]))
cases.append(case("Add", [np.array([2**63 - 1]), np.array([1])]))
cases.append(case("Maximum", [np.array([2**63 + 5, 1], "uint64"), np.array([7, 7], "uint64")]))

for name in ("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "LogicalAnd", "LogicalOr", "LogicalXor"):
    cases.append(case(name, list(GRID), smooth=False))
    cases.append(case(name, [floats(4, 1, 3), floats(2, 1)], smooth=False, repeat=[0]))
    for a, b in TYPES[::3]:
        cases.append(case(name, [typed(a, 2, 3), typed(b, 3)], smooth=False, repeat=[0]))
    cases.append(case(name, [np.array([2**63 + 5, 1], "uint64"), np.array([7, 7], "uint64")]))
for equal_nan in (False, True):
    cases.append(case("Isclose", list(GRID), {"equal_nan": equal_nan}, smooth=False))
cases.append(case("Isclose", [f32(1, 1, 1), f32(1, 1 + 9e-6, 1 + 2e-5)], {"equal_nan": False}, smooth=False))
cases.append(case("Isclose", [ints(2, 3), ints(3)], {"equal_nan": False}, repeat=[0]))

for a, b, c in [((2, 3),) * 3, ((3,), (2, 3), ()), ((2, 1), (1, 3), (1, 1)), ((), (3,), (2, 3)), ((4, 1, 3), (2, 1), (3,))]:
    cases.append(case("Where", [ints(*a, low=0, high=2, dtype="bool"), floats(*b), floats(*c)],
                      repeat=[0, 1, 2] if a == b == c else []))
cases.append(case("Where", [ints(2, 3), ints(2, 3, dtype="int8"), ints(2, 3, low=0, dtype="uint8")]))
cases.append(case("Where", [floats(3), ints(3, low=0, high=2, dtype="bool"), ints(3, low=0, high=2, dtype="bool")], smooth=False))
cases.append(case("Where", [ints(3), ints(3, dtype="int64"), floats(3)]))
cases.append(case("Where", [ints(3, low=0, high=2, dtype="bool"), f32(NAN, INF, 1), f32(0, NAN, NAN)], smooth=False))

# -- activations: their numbers are in activations.json; here that ops lead to them -----------------

ACTIVATIONS = {
    "Relu": {}, "Relu6": {}, "Sigmoid": {}, "SparseSigmoid": {}, "Softplus": {}, "Softsign": {},
    "SoftShrink": {"threshold": 0.75}, "SparsePlus": {}, "Silu": {}, "Squareplus": {"b": 2}, "LogSigmoid": {},
    "LeakyRelu": {"negative_slope": 0.3}, "HardSigmoid": {}, "HardSilu": {}, "Elu": {"alpha": 0.5}, "Selu": {},
    "Celu": {"alpha": 0.5}, "Tanh": {}, "TanhShrink": {}, "HardTanh": {}, "HardShrink": {"threshold": 0.75},
    "Threshold": {"threshold": 0.1, "default_value": 2.0},
}
AWAY = f32(-2.5, -1.9, -1.5, -0.5, -0.25, 0.25, 0.5, 1.4, 1.9, 2.4)  # from all corners
for name, config in ACTIVATIONS.items():
    cases.append(case(name, [AWAY.reshape(2, 5)], config))
for approximate in (True, False):
    cases.append(case("Gelu", [AWAY.reshape(2, 5)], {"approximate": approximate}))
cases.append(case("Glu", [floats(3, 4, 2)], {"axis": 1}))
cases.append(case("Glu", [floats(3, 4)], {"axis": -1}))
for name in ("Softmax", "LogSoftmax"):
    cases.append(case(name, [floats(3, 4)], {"axis": -1}))
    cases.append(case(name, [floats(2, 3, 4)], {"axis": [1, 2]}))
cases.append(case("Sparsemax", [f32(1, 1.5, 2, 0.25, -1, 0.5).reshape(2, 3)], {"axis": -1}, smooth=False))

write("ops", cases)
