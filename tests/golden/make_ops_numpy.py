# SPDX-License-Identifier: Apache-2.0
"""keras.ops of numbers by their order and by their bits, with their slopes: tests/golden/op_cases.py says how."""
from op_cases import case, floats, ints, jax, keras, np, rng, write

cases = []


def apart(*shape):
    """Numbers that lie further apart than a central difference reaches, in any order."""
    return (rng.permutation(int(np.prod(shape))).astype(np.float32) * 0.75 - 3).reshape(shape)


def f32(*values):
    return np.array(values, np.float32)


# -- parts of the order --------------------------------------------------------------------------

AXES = [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": -1}, {"axis": [0, 2]}, {"axis": [2, 1], "keepdims": True}]
HOLES = f32(1, np.nan, 3, 4, 5, np.nan, 2, 3, np.nan, np.nan, np.nan, np.nan).reshape(3, 4)
for name in ("Median", "Nanmedian"):
    function = getattr(keras.ops, name.lower())
    for config in AXES:
        axis = config.get("axis")
        options = {**config, "axis": tuple(axis) if isinstance(axis, list) else axis}
        cases.append(case(name, [apart(3, 2, 4)], config, function=lambda x, o=options: function(x, **o),
                          repeat=[0] if axis == 1 else []))
    cases.append(case(name, [apart(5)], {}, function=function))
    cases.append(case(name, [ints(3, 4)], {"axis": 1}, function=lambda x: function(x, axis=1)))
    cases.append(case(name, [HOLES], {"axis": 1}, function=lambda x: function(x, axis=1), smooth=False))
for name in ("Quantile", "Nanquantile"):
    function = getattr(keras.ops, name.lower())
    for method in ("linear", "lower", "higher", "midpoint", "nearest"):
        for config in ({}, {"axis": 1}, {"axis": [0, 2], "keepdims": True}):
            options = {**config, "axis": (0, 2) if "keepdims" in config else config.get("axis"), "method": method}
            for q in (f32(0.3), f32(0.0, 0.26, 0.77, 1.0)):
                cases.append(case(name, [apart(3, 2, 4), q if q.size > 1 else q[0]], {**config, "method": method},
                                  function=lambda x, q, o=options: function(x, q, **o), smooth=False,
                                  repeat=[0] if config.get("axis") == 1 else []))
    cases.append(case(name, [apart(3, 4), f32(0.3)], {"axis": 1}, function=lambda x, q: function(x, q, axis=1), smooth=False,
                      repeat=[0]))  # a corner is near
    cases.append(case(name, [HOLES, f32(0.3, 0.5)], {"axis": 1}, function=lambda x, q: function(x, q, axis=1),
                      smooth=False, repeat=[0]))
    # JAX's slope of q: NaN beside NaN, whatever the line; and of nanquantile 5e-6 off that of its own quantile.
    for entry in cases[-1:] if name == "Quantile" else [one for one in cases if one["class_name"] == name]:
        entry["dx"][1] = entry["dx64"][1] = None
    cases.append(case(name, [ints(3, 4), f32(0.5)[0]], {"axis": 0}, function=lambda x, q: function(x, q, axis=0),
                      smooth=False, repeat=[]))  # q is just at an element: a corner

# -- cut unevenly, and each by each ----------------------------------------------------------------

for config in ({"indices_or_sections": 3, "axis": 0}, {"indices_or_sections": 2, "axis": 1},
               {"indices_or_sections": 5, "axis": -1}):
    cases.append(case("ArraySplit", [floats(7, 3)], config,
                      function=lambda x, c=config: keras.ops.array_split(x, c["indices_or_sections"], c["axis"])))
for a, b in (((2, 3), (3, 2)), ((2,), (3,)), ((2, 2), (2, 2))):
    cases.append(case("Kron", [floats(*a), floats(*b)], repeat=[0]))
cases.append(case("Kron", [ints(2, 2), ints(2, 3, dtype="int8")], repeat=[0]))

# -- bits, and whole numbers -------------------------------------------------------------------------

TYPES = [("int32", "int32"), ("int8", "int16"), ("uint8", "uint8"), ("uint8", "int8"), ("int64", "int32"), ("uint32", "uint32")]
for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    for a, b in TYPES + [("bool", "bool"), ("bool", "int32")]:
        low = 0 if "u" in a + b or "bool" in a + b else -9
        cases.append(case(name, [ints(3, 4, low=low, high=2 if a == "bool" else 9, dtype=a),
                                 ints(3, 4, low=low, high=2 if b == "bool" else 9, dtype=b)]))
    cases.append(case(name, [ints(3, 1, 4), ints(2, 1)], repeat=[0]))
for dtype in ("int8", "uint8", "int32", "uint32", "int64", "bool"):
    cases.append(case("BitwiseInvert", [ints(3, 4, low=0, high=2 if dtype == "bool" else 99, dtype=dtype)]))
for name in ("BitwiseLeftShift", "BitwiseRightShift"):
    for dtype in ("int8", "uint8", "int32", "int64"):
        cases.append(case(name, [ints(3, 4, low=0 if dtype[0] == "u" else -99, high=100, dtype=dtype),
                                 ints(3, 4, low=0, high=7, dtype=dtype)]))
for name in ("Gcd", "Lcm"):
    for a, b in TYPES:
        low = 0 if "u" in a + b else -11
        cases.append(case(name, [ints(3, 4, low=low, high=11, dtype=a), ints(3, 4, low=low, high=11, dtype=b)]))
    cases.append(case(name, [np.array([0, 0, 12, -12]), np.array([0, 5, 18, 18])]))

# -- floats ------------------------------------------------------------------------------------------

cases.append(case("Fmod", [(4.6 + floats(3, 4, scale=0.05)).astype("f4"), (3.1 + floats(3, 4, scale=0.05)).astype("f4")]))
cases.append(case("Fmod", [f32(5, -5, 5, -5, 0, -0.0, np.inf), f32(3, 3, -3, -3, 2, 2, 2)], smooth=False))
cases.append(case("Fmod", [np.array([7, -7, 7, -7, 0]), np.array([3, 3, -3, -3, 4])]))
cases.append(case("I0", [f32(0.3, -0.75, 1.9, -2.5, 3, 4.25).reshape(2, 3)]))
cases.append(case("I0", [f32(0, -0.0, 20, -60, np.nan)], smooth=False))
cases.append(case("Nextafter", [f32(0, 1, -1, 1e10, 2), f32(1, 2, 5, -np.inf, 2)], smooth=False, exact=False,
                  function=lambda *x: keras.ops.nextafter(*map(jax.lax.stop_gradient, x))))  # JAX has no rule for it

write("ops_numpy", cases)
