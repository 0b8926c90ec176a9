# SPDX-License-Identifier: Apache-2.0
"""cell_choices.json: cells that drop by chance, called by themselves in training: what stays until it is reset."""
from golden import array, keras, write
from recurrent_case import B, L, N, floats

RESETS = [[], [], ["dropout"], ["recurrent_dropout"], [], ["dropout", "recurrent_dropout"], []]
SOME = (dict(dropout=0.4), dict(recurrent_dropout=0.4), dict(dropout=0.3, recurrent_dropout=0.4))
ALL = (dict(dropout=1.0), dict(recurrent_dropout=1.0), dict(dropout=1.0, recurrent_dropout=0.4),
       dict(dropout=0.3, recurrent_dropout=1.0), dict(dropout=1.0, recurrent_dropout=1.0))
cases = []
for make, states, rates_of in [(*cell, rates) for rates in (SOME, ALL)
                               for cell in ((L.SimpleRNNCell, 1), (L.LSTMCell, 2), (L.GRUCell, 1))]:
    for rates in rates_of:
        cell = make(3, seed=5, **rates)
        cell.build((B, N))
        cell.set_weights([floats(*w.shape, scale=0.5) for w in cell.weights])
        x, before = floats(B, N), [floats(B, 3) for _ in range(states)]
        outputs = []
        for resets in RESETS:
            for what in resets:
                getattr(cell, f"reset_{what}_mask")()
            outputs.append(array(cell(x, list(before), training=True)[0]))
        cases.append({"layer": keras.saving.serialize_keras_object(cell), "weights": [array(w) for w in cell.get_weights()],
                      "x": array(x), "states": [array(s) for s in before], "resets": RESETS, "outputs": outputs})
write("cell_choices", cases)
