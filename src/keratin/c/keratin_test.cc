// SPDX-License-Identifier: Apache-2.0
// What C sees of errors; the calls themselves are tested from C (tests/c).
#include "keratin/c/keratin.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/c/guarded.h"

namespace keratin::c {
namespace {

template <class Error>
keratin_status status_of(const Error& error) {
  return guarded([&] { throw error; });
}

TEST(CErrors, EachExceptionIsAStatus) {
  EXPECT_EQ(guarded([] {}), KERATIN_OK);
  EXPECT_EQ(status_of(std::invalid_argument("a")), KERATIN_INVALID_ARGUMENT);
  EXPECT_STREQ(keratin_last_error(), "a");
  EXPECT_EQ(guarded([] {}), KERATIN_OK);
  EXPECT_STREQ(keratin_last_error(), "a");  // until the next that fails
  EXPECT_EQ(status_of(std::out_of_range("b")), KERATIN_OUT_OF_RANGE);
  EXPECT_STREQ(keratin_last_error(), "b");
  EXPECT_EQ(status_of(std::logic_error("c")), KERATIN_WRONG_MOMENT);
  EXPECT_EQ(status_of(FileError("d", ENOENT)), KERATIN_FILE_ERROR);
  EXPECT_EQ(status_of(OutOfMemory("e")), KERATIN_OUT_OF_MEMORY);
  EXPECT_STREQ(keratin_last_error(), "e");
  EXPECT_EQ(status_of(std::bad_alloc()), KERATIN_OUT_OF_MEMORY);
  EXPECT_EQ(status_of(std::runtime_error("f")), KERATIN_FAILURE);
  EXPECT_EQ(status_of(3), KERATIN_FAILURE);
  EXPECT_EQ(status_of(std::runtime_error(std::string(100000, 'x'))), KERATIN_FAILURE);
  EXPECT_EQ(std::strlen(keratin_last_error()), kLongestMessage);
}

TEST(CErrors, AreThoseOfTheThread) {
  status_of(std::invalid_argument("of this thread"));
  std::thread([] {
    EXPECT_STREQ(keratin_last_error(), "");
    status_of(std::invalid_argument("of another"));
  }).join();
  EXPECT_STREQ(keratin_last_error(), "of this thread");
}

TEST(CErrors, OptionsOfAnOlderProgramAreShorter) {
  keratin_table_options options{};
  options.size = offsetof(keratin_table_options, precision);
  options.rows = 3;
  options.width = 2;
  options.precision = 77;  // not read
  keratin_table* table = nullptr;
  ASSERT_EQ(keratin_table_make(&options, &table), KERATIN_OK) << keratin_last_error();
  EXPECT_EQ(keratin_table_rows_in_use(table), 3);
  keratin_table_free(table);
}

}  // namespace
}  // namespace keratin::c
