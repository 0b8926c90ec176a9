// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "keratin/base/named_list.h"
#include "keratin/metrics/accuracy_metrics.h"
#include "keratin/metrics/auc.h"
#include "keratin/metrics/confusion_metrics.h"
#include "keratin/metrics/correlation_metrics.h"
#include "keratin/metrics/f_score_metrics.h"
#include "keratin/metrics/hinge_metrics.h"
#include "keratin/metrics/iou_metrics.h"
#include "keratin/metrics/mean.h"
#include "keratin/metrics/mean_metric_wrapper.h"
#include "keratin/metrics/probabilistic_metrics.h"
#include "keratin/metrics/r2_score.h"
#include "keratin/metrics/ranking_metrics.h"
#include "keratin/metrics/regression_metrics.h"
#include "keratin/metrics/sensitivity_metrics.h"

namespace keratin::metrics {

/// Every metric that a name or a file can choose.
std::span<const NamedEntry<Metric>> entries();

}  // namespace keratin::metrics
