// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/key_state.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/fingerprint.h"
#include "keratin/table/key_rows.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::table {
namespace {

constexpr std::size_t place(std::int64_t i) { return static_cast<std::size_t>(i); }

[[noreturn]] void refuse_keys(std::string_view who) {
  invalid_argument(who, "the keys do not belong to such a table, or not to each other.");
}

}  // namespace

KeyRows::Index KeyRows::prepared(const KeyState& state, std::int64_t rows) const {
  const bool are_strings = !state.strings.empty();
  const std::size_t count = are_strings ? state.strings.size() : state.keys.size();
  const std::int64_t oov = options_.num_oov_indices;
  bool fits = rows >= oov && rows <= table_->rows() && (!are_strings || state.keys.empty()) &&
              state.rows.size() == count && state.times.size() == count &&
              state.last.size() == count && state.waiting.size() == state.waiting_times.size() &&
              state.clock >= 0;
  for (std::size_t i = 0; fits && i < count; ++i) {
    fits = state.rows[i] >= (i == 0 ? oov : state.rows[i - 1] + 1) && state.rows[i] < rows &&
           state.times[i] > 0 && state.last[i] >= 0 && state.last[i] <= state.clock;
  }
  for (const std::int64_t times : state.waiting_times) fits = fits && times > 0;
  if (!fits) refuse_keys(who_);
  Index index;
  index.map.reserve(static_cast<std::int64_t>(count + state.waiting.size()));
  const auto set = [&](std::uint64_t hash, std::int64_t number) {
    if (index.map.find(hash) != 0) refuse_keys(who_);
    index.map.set(hash, number);
  };
  index.rows.resize(place(rows));
  if (are_strings) index.strings.resize(place(rows));
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t hash =
        are_strings ? fingerprint64(state.strings[i]) : static_cast<std::uint64_t>(state.keys[i]);
    set(hash, state.rows[i] + 1);
    index.rows[place(state.rows[i])] = {hash, state.times[i], state.last[i]};
    if (are_strings) index.strings[place(state.rows[i])] = state.strings[i];
  }
  for (std::size_t i = 0; i < state.waiting.size(); ++i)
    set(static_cast<std::uint64_t>(state.waiting[i]), -state.waiting_times[i]);
  for (std::int64_t row = rows; row-- > oov;) {
    if (index.rows[place(row)].times == 0) index.free.push_back(row);
  }
  if (count > 0) index.are_strings = are_strings;
  index.size = static_cast<std::int64_t>(count);
  index.clock = state.clock;
  return index;
}

void KeyRows::set_state(const KeyState& state, const Tensor& values) {
  if (values.shape().rank() != 2 || values.shape()[1] != table_->width()) refuse_keys(who_);
  Index index = prepared(state, values.shape()[0]);
  table_->replace(values);
  set_index(std::move(index));
}

namespace {

constexpr std::int64_t kColumns = 4;

Tensor integers(std::vector<std::int64_t> numbers, std::int64_t columns) {
  const std::int64_t rows = std::ssize(numbers) / columns;
  return Tensor::from(std::move(numbers), {rows, columns});
}

}  // namespace

KeyArrays arrays_of(const KeyState& state) {
  std::vector<std::int64_t> keys, waiting;
  std::vector<std::uint8_t> text;
  if (!state.strings.empty()) text.push_back(1);
  for (std::size_t i = 0; i < state.rows.size(); ++i) {
    const bool is_string = !state.strings.empty();
    const std::int64_t key = is_string ? std::ssize(state.strings[i]) : state.keys[i];
    keys.insert(keys.end(), {state.rows[i], key, state.times[i], state.last[i]});
    if (is_string) text.insert(text.end(), state.strings[i].begin(), state.strings[i].end());
  }
  for (std::size_t i = 0; i < state.waiting.size(); ++i)
    waiting.insert(waiting.end(), {state.waiting[i], state.waiting_times[i]});
  const std::int64_t bytes = std::ssize(text);
  return {integers(std::move(keys), kColumns), integers(std::move(waiting), 2),
          Tensor::from(std::move(text), {bytes})};
}

KeyState state_of(std::string_view who, const KeyArrays& arrays) {
  const Shape &rows = arrays.keys.shape(), &wait = arrays.waiting.shape();
  if (rows.rank() != 2 || rows[1] != kColumns || wait.rank() != 2 || wait[1] != 2 ||
      arrays.text.shape().rank() != 1)
    refuse_keys(who);
  const auto keys = arrays.keys.data<std::int64_t>();
  const auto waiting = arrays.waiting.data<std::int64_t>();
  const auto text = arrays.text.data<std::uint8_t>();
  const bool are_strings = !text.empty();
  KeyState state;
  std::int64_t begin = 1;
  for (std::int64_t i = 0; i < rows[0]; ++i) {
    const auto row = keys.subspan(place(i * kColumns), place(kColumns));
    state.rows.push_back(row[0]);
    state.times.push_back(row[2]);
    state.last.push_back(row[3]);
    state.clock = std::max(state.clock, row[3]);
    if (!are_strings) {
      state.keys.push_back(row[1]);
      continue;
    }
    if (row[1] < 0 || row[1] > std::ssize(text) - begin) refuse_keys(who);
    const auto bytes = text.subspan(place(begin), place(row[1]));
    state.strings.emplace_back(bytes.begin(), bytes.end());
    begin += row[1];
  }
  if (are_strings && begin != std::ssize(text)) refuse_keys(who);
  for (std::int64_t i = 0; i < wait[0]; ++i) {
    state.waiting.push_back(waiting[place(2 * i)]);
    state.waiting_times.push_back(waiting[place(2 * i + 1)]);
  }
  return state;
}

}  // namespace keratin::table
