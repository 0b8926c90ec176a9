// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keratin::cli {

/// The name of an input in messages: "standard input" for "-".
std::string name_of_input(const std::string& path);

bool is_gzip(std::string_view bytes);
/// Throws InputError for data that are broken or end too early.
std::string unpacked_gzip(const std::string& name, std::string_view bytes);

/// Throws InputError, which says what it is, for files that are often met and are no text.
void refuse_what_is_no_text(const std::string& name, std::string_view bytes);

/// UTF-16 as UTF-8: known by its byte order mark, or, without one, by ASCII in its first
/// characters. Everything else as it is, without UTF-8's mark. Half a surrogate pair becomes
/// U+FFFD. Throws InputError for UTF-16 of an odd number of bytes.
std::string as_utf8(const std::string& name, std::string bytes);

}  // namespace keratin::cli
