# SPDX-License-Identifier: Apache-2.0
"""What a model knows about data: compile, fit, evaluate, predict."""
