// SPDX-License-Identifier: Apache-2.0
#pragma once

// All callbacks.
#include "keratin/callbacks/backup_and_restore.h"
#include "keratin/callbacks/csv_logger.h"
#include "keratin/callbacks/early_stopping.h"
#include "keratin/callbacks/history.h"
#include "keratin/callbacks/lambda_callback.h"
#include "keratin/callbacks/learning_rate_scheduler.h"
#include "keratin/callbacks/model_checkpoint.h"
#include "keratin/callbacks/progbar.h"
#include "keratin/callbacks/progbar_logger.h"
#include "keratin/callbacks/reduce_lr_on_plateau.h"
#include "keratin/callbacks/swap_ema_weights.h"
#include "keratin/callbacks/tensor_board.h"
#include "keratin/callbacks/terminate_on_nan.h"
