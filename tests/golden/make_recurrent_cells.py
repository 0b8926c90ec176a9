# SPDX-License-Identifier: Apache-2.0
"""recurrent_cells.json: the same of cells, and of RNN and StackedRNNCells of them."""
from golden import write
from recurrent_case import B, C, I, L, MASK, N, R, T, both, case, cases, floats


def step(cell, widths=(3,), training=False):
    cases.append(case(cell, floats(B, N), states=[floats(B, width) for width in widths], training=training))


def over_steps(cell, mask=MASK, widths=None, training=False, **options):
    states = [floats(B, width) for width in widths] if widths else None
    cases.append(case(L.RNN(cell, **options), floats(B, T, N), mask, states, training))


ALL = dict(kernel_initializer=I.RandomUniform(-1, 1, seed=1), recurrent_initializer="glorot_normal", bias_initializer="ones",
           kernel_regularizer=R.L2(0.1), recurrent_regularizer="l1", bias_regularizer=R.L1L2(0.1, 0.2),
           kernel_constraint="non_neg", recurrent_constraint=C.MaxNorm(1.5), bias_constraint="unit_norm", name="all_of_cell")
for make, states in ((L.SimpleRNNCell, 1), (L.LSTMCell, 2), (L.GRUCell, 1)):
    widths = [3] * states
    gated = {} if make is L.SimpleRNNCell else {"recurrent_activation": "hard_sigmoid"}
    step(make(3), widths)
    step(make(3, use_bias=False, activation="relu", **gated), widths)
    step(make(9), [9] * states)
    step(make(3, activation=None), widths)
    step(make(3, activation="softmax", **ALL), widths)
    step(make(3, dropout=0.4, seed=3), widths, training=True)
    step(make(3, recurrent_dropout=0.4, seed=4), widths, training=True)
    step(make(3, dropout=0.3, recurrent_dropout=0.4, seed=5), widths, training=True)
    over_steps(make(3), mask=None)
    over_steps(make(3), return_sequences=True, return_state=True, widths=widths)
    over_steps(make(3), return_sequences=True, go_backwards=True, return_state=True)
    over_steps(make(3, use_bias=False), zero_output_for_mask=True, return_sequences=True, name="of_cell")
    over_steps(make(3, **ALL), unroll=True, return_state=True)
    over_steps(make(3, dropout=0.3, recurrent_dropout=0.4, seed=5), training=True, return_sequences=True)
step(L.LSTMCell(3, unit_forget_bias=False), [3, 3])
step(L.GRUCell(3, reset_after=False))
step(L.GRUCell(3, reset_after=False, dropout=0.2, recurrent_dropout=0.4, seed=4), training=True)
over_steps(L.GRUCell(3, reset_after=False), return_sequences=True)


def stack():
    return [L.LSTMCell(3), L.GRUCell(2, reset_after=False), L.SimpleRNNCell(4), L.LSTMCell(2)]


WIDTHS = [3, 3, 2, 4, 2, 2]
over_steps(stack(), mask=None, return_sequences=True, return_state=True)
over_steps(stack(), widths=WIDTHS, return_state=True)
over_steps(stack(), widths=WIDTHS, return_sequences=True, return_state=True, go_backwards=True)
over_steps(stack(), zero_output_for_mask=True, return_sequences=True, go_backwards=True)
over_steps(stack(), zero_output_for_mask=True)
over_steps(L.StackedRNNCells([L.LSTMCell(3), L.LSTMCell(3)], name="stack"), return_sequences=True)
over_steps([L.GRUCell(3, dropout=0.3, seed=1), L.LSTMCell(2, dropout=0.2, recurrent_dropout=0.4, seed=2)], training=True,
           return_sequences=True)
step(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2)]), [3, 3, 2])
both(L.RNN(L.LSTMCell(3), return_sequences=True, return_state=True), states=[3] * 4)
both(L.RNN(stack(), return_sequences=True))
both(L.RNN(L.GRUCell(3)), backward_layer=L.RNN(L.LSTMCell(2), go_backwards=True))
write("recurrent_cells", cases)
