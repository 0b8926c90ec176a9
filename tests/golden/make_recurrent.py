# SPDX-License-Identifier: Apache-2.0
"""recurrent.json: for every recurrent layer and option its config, outputs, states and all gradients, from Keras."""
import numpy as np
from golden import write
from recurrent_case import B, C, I, L, MASK, N, R, T, both, case, cases, floats

for make, states in ((L.SimpleRNN, 1), (L.LSTM, 2), (L.GRU, 1)):
    gated = {} if make is L.SimpleRNN else {"recurrent_activation": "hard_sigmoid"}

    def add(units=3, mask=None, begin=False, training=False, **options):
        initial = [floats(B, units) for _ in range(states)] if begin else None
        cases.append(case(make(units, **options), floats(B, T, N), mask, initial, training))

    add()
    add(return_sequences=True)
    add(mask=MASK)
    add(mask=MASK, return_sequences=True, return_state=True, begin=True)
    add(mask=MASK, return_sequences=True, go_backwards=True, return_state=True)
    add(mask=MASK, go_backwards=True, begin=True, return_state=True)
    add(mask=MASK, zero_output_for_mask=True, return_sequences=True, begin=True)
    add(mask=MASK, zero_output_for_mask=True, return_state=True)
    add(unroll=True, return_sequences=True)
    add(units=1, mask=MASK, return_sequences=True)
    add(units=9, mask=MASK, return_sequences=True)
    add(use_bias=False, mask=MASK, return_state=True, begin=True)
    add(activation="relu", mask=MASK, return_sequences=True, begin=True, return_state=True, **gated)
    add(activation="softmax", mask=MASK, return_sequences=True)
    add(activation=None, use_bias=False)
    add(dropout=0.4, seed=3, training=True, mask=MASK, return_sequences=True)
    add(recurrent_dropout=0.4, seed=4, training=True, mask=MASK, return_sequences=True)
    add(dropout=0.3, recurrent_dropout=0.4, seed=5, training=True, return_state=True)
    add(dropout=1.0, seed=5, training=True, mask=MASK)  # without one: docs/keras-differences.md
    add(dropout=0.3, seed=6)
    add(kernel_initializer=I.RandomUniform(-1, 1, seed=1), recurrent_initializer="glorot_normal",
        bias_initializer="ones", kernel_regularizer=R.L2(0.1), recurrent_regularizer="l1",
        bias_regularizer=R.L1L2(0.1, 0.2), activity_regularizer=R.L2(0.3), kernel_constraint="non_neg",
        recurrent_constraint=C.MaxNorm(1.5), bias_constraint="unit_norm", name="all")
    if make is L.LSTM:
        add(unit_forget_bias=False)
    if make is L.GRU:
        for options in (dict(), dict(use_bias=False, activation="relu", recurrent_activation="hard_sigmoid"),
                        dict(go_backwards=True, return_state=True, begin=True)):
            add(reset_after=False, mask=MASK, return_sequences=True, **options)
        add(reset_after=False, recurrent_dropout=0.4, dropout=0.2, seed=4, training=True, mask=MASK)


for mode in ("sum", "mul", "ave", "concat", None):
    both(L.LSTM(3), merge_mode=mode)
    both(L.GRU(2, return_sequences=True), merge_mode=mode, name="all_steps")
    both(L.SimpleRNN(2, return_sequences=True, return_state=True), merge_mode=mode, states=[2, 2])
both(L.LSTM(3, return_sequences=True, return_state=True), states=[3] * 4)
both(L.LSTM(3, return_state=True, name="forward_of_its_own"), mask=None)
both(L.GRU(3, go_backwards=True, return_sequences=True, name="backward_a"), backward_layer=L.GRU(2, return_sequences=True, reset_after=False, name="b"))
both(L.GRU(3), backward_layer=L.LSTM(3, activation="relu", go_backwards=True), merge_mode="sum")
both(L.LSTM(2, dropout=0.3, recurrent_dropout=0.2, seed=3, return_sequences=True), training=True)
both(L.SimpleRNN(2, zero_output_for_mask=True), training=True)


def by_steps(layer, shape, mask=None, training=False, **options):
    cases.append(case(L.TimeDistributed(layer, **options), floats(*shape), mask, None, training))


by_steps(L.Dense(3, "tanh"), (B, T, N), MASK)
by_steps(L.Dense(3, use_bias=False, name="of_steps"), (2, 3, 4, 5), name="of_more")
by_steps(L.LSTM(3), (B, 2, T, N), np.stack([MASK, MASK[::-1]], 1))
by_steps(L.GRU(2, return_sequences=True), (B, 2, T, N), np.stack([MASK, MASK[::-1]], 1))
by_steps(L.Bidirectional(L.SimpleRNN(2)), (3, 2, T, N))
by_steps(L.BatchNormalization(), (5, 3, 4), training=True)
by_steps(L.Dropout(0.4, seed=5), (3, 4, 5), training=True)
by_steps(L.LSTM(2, dropout=0.4, seed=5), (3, 2, 4, 2), training=True)
by_steps(L.Flatten(), (3, 2, 4, 2))
write("recurrent", cases)
