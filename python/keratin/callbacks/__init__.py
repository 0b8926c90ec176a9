# SPDX-License-Identifier: Apache-2.0
"""What listens to a run. Keras: `keras.callbacks`."""
from keratin.callbacks.backup_and_restore import BackupAndRestore
from keratin.callbacks.callback import Callback
from keratin.callbacks.callback_list import CallbackList
from keratin.callbacks.csv_logger import CSVLogger
from keratin.callbacks.early_stopping import EarlyStopping
from keratin.callbacks.history import History
from keratin.callbacks.lambda_callback import LambdaCallback
from keratin.callbacks.learning_rate_scheduler import LearningRateScheduler
from keratin.callbacks.model_checkpoint import ModelCheckpoint
from keratin.callbacks.progbar_logger import ProgbarLogger
from keratin.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from keratin.callbacks.swap_ema_weights import SwapEMAWeights
from keratin.callbacks.tensor_board import TensorBoard
from keratin.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = ["BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
           "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau", "SwapEMAWeights",
           "TensorBoard", "TerminateOnNaN"]
