// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/columns.h"

#include <gtest/gtest.h>

#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

constexpr std::size_t kRows = 60;

/// What columns of data often hold, as cells by row.
std::string sentence(std::size_t i) {
  return "sentence " + std::to_string(i) + " of some more words";
}
std::string word(std::size_t i) { return "word" + std::to_string(i); }
std::string topic(std::size_t i) { return i % 3 == 0 ? "sport" : i % 3 == 1 ? "politics" : "art"; }
std::string digit(std::size_t i) { return std::to_string(i % 2); }
std::string number(std::size_t i) { return std::to_string(1000 + i); }
std::string constant(std::size_t) { return "en"; }

using Cells = std::string (*)(std::size_t);

Table table_of(std::initializer_list<Cells> columns, const std::vector<std::string>& header = {}) {
  Table table;
  for (const Cells cells : columns) {
    Table::Column column;
    if (!header.empty()) column.cells.push_back(header[table.columns.size()]);
    for (std::size_t i = 0; i < kRows; ++i) column.cells.push_back(cells(i));
    column.offsets.resize(column.cells.size());
    table.columns.push_back(std::move(column));
  }
  return table;
}

/// "text label rows" as columns are numbered for users, or "refused".
std::string chosen(Table table, const ColumnOptions& options = {}, bool label_is_first = false) {
  try {
    const ColumnChoice choice = choose_columns("f", table, options, label_is_first);
    return std::to_string(choice.text + 1) + " " + std::to_string(choice.label + 1) + " " +
           std::to_string(table.rows());
  } catch (const UsageError&) {
    return "refused";
  }
}

TEST(Columns, AreFoundByLookingInAnyOrderAndWithoutHeader) {
  for (const bool label_is_first : {true, false}) {
    EXPECT_EQ(chosen(table_of({topic, sentence}), {}, label_is_first), "2 1 60");
    EXPECT_EQ(chosen(table_of({sentence, topic}), {}, label_is_first), "1 2 60");
    EXPECT_EQ(chosen(table_of({sentence, digit}), {}, label_is_first), "1 2 60");
    EXPECT_EQ(chosen(table_of({digit, word}), {}, label_is_first), "2 1 60");
    EXPECT_EQ(chosen(table_of({word, topic}), {}, label_is_first), "1 2 60");
    EXPECT_EQ(chosen(table_of({number, sentence, topic}), {}, label_is_first), "2 3 60");
    EXPECT_EQ(chosen(table_of({word, topic, constant, sentence}), {}, label_is_first), "4 2 60");
  }
}

TEST(Columns, AHeaderIsToldFromARecord) {
  for (const bool label_is_first : {true, false}) {
    EXPECT_EQ(chosen(table_of({sentence, digit}, {"sentence", "score"}), {}, label_is_first),
              "1 2 60");
    EXPECT_EQ(chosen(table_of({topic, sentence}, {"Category", " Text "}), {}, label_is_first),
              "2 1 60");
    EXPECT_EQ(chosen(table_of({sentence, digit}, {"was", "ist"}), {}, label_is_first), "1 2 60");
    EXPECT_EQ(
        chosen(table_of({number, sentence, topic}, {"nr", "inhalt", "sparte"}), {}, label_is_first),
        "2 3 60");
    EXPECT_EQ(chosen(table_of({topic, sentence}, {"label", "text"}), {}, label_is_first), "2 1 60");
    // A record whose label comes again is none, even if its text could be a name.
    EXPECT_EQ(chosen(table_of({topic, sentence}, {"sport", "message"}), {}, label_is_first),
              "2 1 61");
  }
}

TEST(Columns, OddHeaders) {
  // As pandas writes them: an index without a name; numbers for names.
  EXPECT_EQ(chosen(table_of({number, topic, sentence}, {"", "v1", "v2"})), "3 2 60");
  EXPECT_EQ(chosen(table_of({topic, sentence}, {"0", "1"})), "2 1 60");
  // Files that were joined have the header again.
  Table joined = table_of({topic, sentence}, {"label", "text"});
  for (Table::Column& column : joined.columns) {
    column.cells.push_back(column.cells.front());
    column.cells.push_back(column.cells[1]);
    column.offsets.resize(column.cells.size());
  }
  EXPECT_EQ(chosen(joined), "2 1 61");
}

TEST(Columns, NamesDecideWhereTheyTell) {
  EXPECT_EQ(chosen(table_of({topic, digit, sentence, word}, {"topic", "label", "body", "text"})),
            "4 2 60");
  EXPECT_EQ(chosen(table_of({topic, digit, sentence}, {"colour", "label", "what"})), "3 2 60");
}

TEST(Columns, TheUserDecides) {
  const auto two_labels = [] { return table_of({topic, digit, sentence}, {"a", "b", "text"}); };
  EXPECT_EQ(chosen(two_labels()), "refused");
  EXPECT_EQ(chosen(two_labels(), {.label = "a"}), "3 1 60");
  EXPECT_EQ(chosen(two_labels(), {.label = "2"}), "3 2 60");
  EXPECT_EQ(chosen(two_labels(), {.text = "1", .label = "b"}), "1 2 60");
  EXPECT_EQ(chosen(table_of({topic, digit, sentence}), {.label = "2"}), "3 2 60");
  EXPECT_EQ(chosen(table_of({topic, sentence}), {.text = "1"}), "1 2 60");
  for (const char* absent : {"c", "0", "4", "-1", "1.0", "18446744073709551617"}) {
    EXPECT_EQ(chosen(two_labels(), {.label = absent}), "refused") << absent;
    EXPECT_EQ(chosen(two_labels(), {.text = absent}), "refused") << absent;
    EXPECT_EQ(chosen(table_of({topic, sentence}), {.text = absent}, true), "refused") << absent;
  }
  EXPECT_EQ(chosen(two_labels(), {.text = "a", .label = "1"}), "refused");
}

TEST(Columns, WhatIsNotClearIsRefused) {
  EXPECT_EQ(chosen(table_of({sentence})), "refused");
  EXPECT_EQ(chosen(table_of({sentence, word, number})), "refused");   // nothing comes again
  EXPECT_EQ(chosen(table_of({number, digit, constant})), "refused");  // nothing to read
  EXPECT_EQ(chosen(table_of({topic, topic})), "refused");             // alike
  EXPECT_EQ(chosen(table_of({topic, topic}), {}, true), "2 1 60");    // label, tab, text
}

TEST(Columns, ErrorsSayWhatIsThereAndTheWayRound) {
  Table table = table_of({topic, digit, sentence}, {"a", "b", "text"});
  try {
    choose_columns("f.csv", table, {}, false);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "f.csv: more than one column looks like labels. Say which are which: "
                 "--label-column NAME --text-column NAME (or their numbers). Columns:\n"
                 "  column 1 'a': 3 different values, such as 'sport'\n"
                 "  column 2 'b': 2 different values, such as '0'\n"
                 "  column 3 'text': 60 different values, such as 'sentence 0 of some more words'");
  }
}

}  // namespace
}  // namespace keratin::cli
