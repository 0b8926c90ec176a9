// SPDX-License-Identifier: Apache-2.0
#include "keratin/base/error.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "keratin/c/guarded.h"

namespace keratin::c {
namespace {

// No std::string: to note that memory has run out takes none.
thread_local std::array<char, kLongestMessage + 1> message{};

keratin_status noted(keratin_status status, const char* text) noexcept {
  const std::size_t length = std::min(std::strlen(text), kLongestMessage);
  std::copy_n(text, length, message.data());
  message[length] = '\0';
  return status;
}

}  // namespace

keratin_status failed() noexcept {
  try {
    throw;
  } catch (const FileError& error) {
    return noted(KERATIN_FILE_ERROR, error.what());
  } catch (const std::invalid_argument& error) {
    return noted(KERATIN_INVALID_ARGUMENT, error.what());
  } catch (const std::out_of_range& error) {
    return noted(KERATIN_OUT_OF_RANGE, error.what());
  } catch (const std::logic_error& error) {
    return noted(KERATIN_WRONG_MOMENT, error.what());
  } catch (const std::bad_alloc& error) {
    return noted(KERATIN_OUT_OF_MEMORY, error.what());
  } catch (const std::exception& error) {
    return noted(KERATIN_FAILURE, error.what());
  } catch (...) {
    return noted(KERATIN_FAILURE, "an error that says nothing");
  }
}

}  // namespace keratin::c

extern "C" {

const char* keratin_last_error(void) { return keratin::c::message.data(); }
const char* keratin_version(void) { return KERATIN_VERSION; }
}
