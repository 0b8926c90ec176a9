// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

#include "keratin/base/invalid_entry.h"

namespace keratin::trainers {

/// What was compiled does not go together, whatever the data: not the batch's fault.
class CompileError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Runs `call`; its errors about entries of the data end with `where()`. One about a batch as a
/// whole does where batches differ: `every_batch` is false for arrays, whose batches are all alike.
template <class Where, class Call>
void with_note(bool every_batch, Where&& where, Call&& call) {
  try {
    call();
  } catch (const std::out_of_range& error) {
    throw std::out_of_range(bounded(error.what() + where()));
  } catch (const InvalidEntry& error) {
    throw InvalidEntry(bounded(error.what() + where()));
  } catch (const CompileError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    if (!every_batch) throw;
    throw std::invalid_argument(bounded(error.what() + where()));
  }
}

}  // namespace keratin::trainers
