// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/pad_sequences.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>

#include "keratin/base/error.h"

namespace keratin::utils {
namespace {

constexpr std::string_view kPadSequences = "pad_sequences";

/// What numpy makes of a Python number; false when an integer type cannot hold it.
template <class To, class From>
bool convert(From from, To& to) {
  if constexpr (std::same_as<To, bool>) {
    to = from != From{0};
  } else if constexpr (std::floating_point<To>) {
    // Python's numbers pass through double on their way to a float.
    to = static_cast<To>(static_cast<double>(from));
  } else if constexpr (std::floating_point<From>) {
    const double whole = std::trunc(static_cast<double>(from));
    constexpr int kBits = std::numeric_limits<To>::digits;
    const double above = std::ldexp(1.0, kBits);  // the first number that is too large
    const double lowest = std::is_signed_v<To> ? -above : 0.0;
    if (!(whole >= lowest && whole < above)) return false;
    to = static_cast<To>(whole);
  } else {
    if (!std::in_range<To>(from)) return false;
    to = static_cast<To>(from);
  }
  return true;
}

bool is_pre(std::string_view what, const std::string& choice) {
  if (choice != "pre" && choice != "post") {
    invalid_argument(kPadSequences, what, " must be 'pre' or 'post'. Received: '", choice, "'.");
  }
  return choice == "pre";
}

struct Plan {
  std::int64_t maxlen;
  bool pads_before;
  bool cuts_before;
};

template <class Sequence>
Plan plan_for(const std::vector<Sequence>& sequences, const PadSequencesOptions& options) {
  Plan plan{0, is_pre("padding", options.padding), is_pre("truncating", options.truncating)};
  std::size_t longest = 0;
  for (const Sequence& sequence : sequences) longest = std::max(longest, sequence.size());
  if (options.maxlen) {
    plan.maxlen = *options.maxlen;
    if (plan.maxlen < 0) {
      invalid_argument(kPadSequences, "maxlen must not be negative. Received: ", plan.maxlen);
    }
    // Keras: the slice [-0:] keeps everything, which then does not fit; one element broadcasts.
    if (plan.maxlen == 0 && plan.cuts_before && longest > 1) {
      invalid_argument(kPadSequences, "maxlen 0 leaves no place for a sequence of ", longest,
                       " elements.");
    }
  } else if (sequences.empty()) {
    invalid_argument(kPadSequences,
                     "no sequences and no maxlen: the length of the result is not known.");
  } else {
    plan.maxlen = static_cast<std::int64_t>(longest);
  }
  return plan;
}

/// The part of a sequence that is kept, and the step of the result where it starts.
struct Kept {
  std::size_t first;
  std::size_t count;
  std::size_t step;
};

Kept kept_of(std::size_t length, const Plan& plan) {
  const auto maxlen = static_cast<std::size_t>(plan.maxlen);
  const std::size_t count = std::min(length, maxlen);
  return {plan.cuts_before ? length - count : 0, count, plan.pads_before ? maxlen - count : 0};
}

template <class To>
Tensor filled(const Shape& shape, const PadSequencesOptions& options) {
  To padding{};
  if (!convert(options.value, padding)) {
    invalid_argument(kPadSequences, "value does not fit ", to_string(options.dtype),
                     ". Received: ", options.value);
  }
  Tensor result = Tensor::zeros(shape, options.dtype);
  if (padding != To{}) std::ranges::fill(result.data<To>(), padding);
  return result;
}

template <class To, class From>
void put(From from, To& to, std::size_t sequence, std::size_t position) {
  if (!convert(from, to)) {
    out_of_range(kPadSequences, "element ", position, " of sequence ", sequence, " does not fit ",
                 to_string(dtype_of<To>()), ". Received: ", from);
  }
}

template <class T>
const std::vector<T>* first_element(const std::vector<std::vector<std::vector<T>>>& sequences) {
  for (const auto& sequence : sequences) {
    if (!sequence.empty()) return &sequence.front();
  }
  return nullptr;
}

}  // namespace

template <class T>
Tensor pad_sequences(const std::vector<std::vector<T>>& sequences,
                     const PadSequencesOptions& options) {
  const Plan plan = plan_for(sequences, options);
  const Shape shape{static_cast<std::int64_t>(sequences.size()), plan.maxlen};
  return visit_dtype(options.dtype, [&](auto zero) {
    using To = decltype(zero);
    Tensor result = filled<To>(shape, options);
    const std::span<To> out = result.data<To>();
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const Kept kept = kept_of(sequences[i].size(), plan);
      const std::size_t row = i * static_cast<std::size_t>(plan.maxlen) + kept.step;
      for (std::size_t j = 0; j < kept.count; ++j) {
        put(sequences[i][kept.first + j], out[row + j], i, kept.first + j);
      }
    }
    return result;
  });
}

template <class T>
Tensor pad_sequences(const std::vector<std::vector<std::vector<T>>>& sequences,
                     const PadSequencesOptions& options) {
  const Plan plan = plan_for(sequences, options);
  const std::vector<T>* first = first_element(sequences);
  const std::size_t width = first ? first->size() : 0;
  Shape shape{static_cast<std::int64_t>(sequences.size()), plan.maxlen};
  if (first) shape.push_back(static_cast<std::int64_t>(width));
  return visit_dtype(options.dtype, [&](auto zero) {
    using To = decltype(zero);
    Tensor result = filled<To>(shape, options);
    const std::span<To> out = result.data<To>();
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const Kept kept = kept_of(sequences[i].size(), plan);
      const std::size_t row = i * static_cast<std::size_t>(plan.maxlen) + kept.step;
      for (std::size_t j = 0; j < kept.count; ++j) {
        const std::vector<T>& element = sequences[i][kept.first + j];
        if (element.size() != width) {
          invalid_argument(kPadSequences, "element ", kept.first + j, " of sequence ", i,
                           " must have width ", width,
                           ", as the first element has. Received: ", element.size());
        }
        for (std::size_t k = 0; k < width; ++k) {
          put(element[k], out[(row + j) * width + k], i, kept.first + j);
        }
      }
    }
    return result;
  });
}

#define KERATIN_PAD_SEQUENCES(T)                                                                 \
  template Tensor pad_sequences(const std::vector<std::vector<T>>&, const PadSequencesOptions&); \
  template Tensor pad_sequences(const std::vector<std::vector<std::vector<T>>>&,                 \
                                const PadSequencesOptions&)
KERATIN_PAD_SEQUENCES(std::int32_t);
KERATIN_PAD_SEQUENCES(std::int64_t);
KERATIN_PAD_SEQUENCES(float);
KERATIN_PAD_SEQUENCES(double);
#undef KERATIN_PAD_SEQUENCES

}  // namespace keratin::utils
