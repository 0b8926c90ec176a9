// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keratin/base/configured.h"
#include "keratin/losses/loss.h"

namespace keratin::losses {

struct CTCOptions {
  std::optional<std::string> reduction = "sum_over_batch_size";
  std::string name = "ctc";
};

/// Connectionist temporal classification (ops::ctc_loss): labels (B, N), class numbers, 0 behind
/// the last; y_pred (B, T, C), logits, class 0 the blank. One value a sample, (B,). A mask of steps
/// (B, T) does not go with these values, and is an error as in Keras. Throws std::invalid_argument
/// for other ranks, std::out_of_range for a label that is no class.
class CTC final : public Configured<CTC, CTCOptions, Loss> {
 public:
  static constexpr std::string_view kName = "CTC";
  explicit CTC(Options options = {});
  Value call(const Value& y_true, const Value& y_pred) const override;
};

/// Keras's function: the values per sample.
Tensor ctc(const Tensor& y_true, const Tensor& y_pred);

}  // namespace keratin::losses

namespace keratin {
extern template class Configured<losses::CTC, losses::CTCOptions, losses::Loss>;
}  // namespace keratin
