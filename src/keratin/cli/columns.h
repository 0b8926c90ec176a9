// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "keratin/cli/table.h"

namespace keratin::cli {

/// Columns that the user named: by the header's (or a JSON key's) name, or by number from 1. Empty:
/// to be found out by looking.
struct ColumnOptions {
  std::string text = {};
  std::string label = {};
};

/// What a column holds, by up to 50,000 of its cells.
struct Look {
  std::size_t cells = 0;
  std::size_t distinct = 0;
  double bytes = 0;    // a cell's, in the mean
  double words = 0;    // likewise
  double numbers = 0;  // share of the cells that are a number
  double empty = 0;    // share of the cells

  /// Short values that come again and again.
  bool may_be_labels() const;
  /// Different values that are not numbers.
  bool may_be_texts() const;
};
/// `first`: the cells before that one are passed over.
Look look_at(const Table::Column& column, std::size_t first = 0);

struct ColumnChoice {
  std::size_t text = 0;
  std::size_t label = 0;
};

/// Takes the header from the table where it has one, and chooses the columns of texts and labels:
/// as the user says, else by telling names, else by what they hold. `label_is_first`: where the
/// looks do not tell, the first of two columns is the label's. Throws UsageError, with what each
/// column holds and the way round, for a column that is not there and where no choice is clear.
ColumnChoice choose_columns(const std::string& file, Table& table, const ColumnOptions& options,
                            bool label_is_first);

/// "column 2 ('category'; 3 different values, such as 'x')"
std::string description_of(const Table& table, std::size_t column);

}  // namespace keratin::cli
