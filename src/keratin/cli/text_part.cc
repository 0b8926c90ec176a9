// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_part.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
#include "keratin/formats/json.h"
#include "keratin/formats/kind.h"
#include "keratin/formats/zip.h"

namespace keratin::cli {
namespace {

using formats::Bytes;

constexpr std::string_view kForm = "text_vectorization/form.json";
constexpr std::string_view kVocabulary = "text_vectorization/vocabulary.txt";
constexpr std::int64_t kVersion = 1;
// Keras: the first two lines of TextVectorization's file.
constexpr std::string_view kFirstLines = "\n[UNK]";

/// The parts of a form but its vocabulary, under the names of the tool's options.
struct Settings {
  std::string tokens;
  TokenOptions options;
  PaddingOptions padding;
  std::vector<std::string> labels;
};

template <class F>
void fields(F& f, Settings& s) {
  f("tokens", s.tokens);
  f("filters", s.options.filters);
  f("lower", s.options.lower);
  f("subwords", s.options.subwords);
  f("ngrams", s.options.ngrams);
  f("maxlen", s.padding.maxlen);
  f("padding", s.padding.padding);
  f("truncating", s.padding.truncating);
  f("labels", s.labels);
}

/// A line holds no line end: they are written \n and \r, and a backslash as two.
void append_escaped(std::string& out, std::string_view token) {
  for (const char c : token) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
}

std::string unescaped(std::string_view line) {
  std::string token;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      token += line[i];
      continue;
    }
    const char next = ++i < line.size() ? line[i] : '\0';
    if (next == 'n')
      token += '\n';
    else if (next == 'r')
      token += '\r';
    else if (next == '\\')
      token += '\\';
    else
      throw std::invalid_argument("a backslash that is followed by none of n, r and a backslash");
  }
  return token;
}

/// The tokens from id 2 on. `texts` keeps those that were written otherwise.
std::vector<std::string_view> read_vocabulary(const Bytes& bytes, StringTable& texts) {
  const std::string_view text = bytes.text();
  if (!text.starts_with(kFirstLines))
    bytes.fail("text", 0, "an empty line and the line [UNK]", "others");
  for (std::size_t begin = kFirstLines.size(); begin < text.size();) {
    if (text[begin] != '\n') bytes.fail("text", begin, "the end of a line", "more");
    const std::size_t end = std::min(text.find('\n', ++begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t before = texts.size();
    try {
      texts.insert(line.find('\\') == line.npos ? std::string(line) : unescaped(line));
    } catch (const std::invalid_argument& error) {
      bytes.fail("text", begin, "a token", error.what());
    }
    if (texts.size() == before)
      bytes.fail("text", begin, "each token once", in_quotes(line) + " again");
    begin = end;
  }
  std::vector<std::string_view> known;
  for (std::uint32_t i = 0; i < texts.size(); ++i) known.push_back(texts[i]);
  return known;
}

Settings read_settings(const Bytes& bytes) {
  const Config config = formats::parse_json(bytes.text());
  const std::int64_t version = config.at("version").as_int();
  if (version != kVersion) {
    bytes.fail("text", 0, str("version ", kVersion),
               str("version ", version, ", of a newer Keratin"));
  }
  Settings settings;
  ConfigReader reader("text", config);
  reader.ignore("version");
  fields(reader, settings);
  reader.finish();
  return settings;
}

void check(const Settings& s) {
  const auto is_side = [](const std::string& side) { return side == "pre" || side == "post"; };
  if (s.labels.empty()) invalid_argument("text", "there must be labels.");
  if (s.options.ngrams < 1 || s.options.ngrams > 8 || s.options.subwords < 0 ||
      s.options.subwords > 16)
    invalid_argument("text",
                     "ngrams must be 1 to 8, subwords 0 to 16. Received: ", s.options.ngrams,
                     " and ", s.options.subwords);
  if ((s.padding.maxlen && *s.padding.maxlen < 1) || !is_side(s.padding.padding) ||
      !is_side(s.padding.truncating))
    invalid_argument("text", "maxlen must be positive, padding and truncating 'pre' or 'post'.");
}

}  // namespace

saving::Assets assets_of(const TextForm& form) {
  Settings settings{std::string(name_of(form.encoder.tokens().unit)), form.encoder.tokens(),
                    form.padding, form.classes};
  ConfigWriter writer;
  writer("version", kVersion);
  fields(writer, settings);
  std::string vocabulary(kFirstLines);
  for (std::int64_t id = 2; id < form.encoder.num_ids(); ++id) {
    vocabulary += '\n';
    append_escaped(vocabulary, form.encoder.token(id));
  }
  return {{std::string(kForm), formats::dump_json(writer.take())},
          {std::string(kVocabulary), std::move(vocabulary)}};
}

std::optional<TextForm> text_form_in(const Bytes& file) {
  if (formats::kind_of(file) != formats::FileKind::kZip) return std::nullopt;
  const auto archive = formats::ZipArchive::open(file);
  const auto* const form = archive.find(str("assets/", kForm));
  const auto* const vocabulary = archive.find(str("assets/", kVocabulary));
  if (form == nullptr) return std::nullopt;
  if (vocabulary == nullptr)
    file.fail("text", 0, str("a member 'assets/", kVocabulary, "'"), "none");
  const Bytes bytes = archive.read(*form);
  try {
    Settings settings = read_settings(bytes);
    settings.options.unit = unit_named(settings.tokens);
    check(settings);
    StringTable texts;
    return TextForm{
        TextEncoder(settings.options, read_vocabulary(archive.read(*vocabulary), texts)),
        settings.padding, std::move(settings.labels)};
  } catch (const FormatError&) {
    throw;
  } catch (const std::runtime_error& error) {
    bytes.fail("text", 0, "the form of texts", error.what());
  } catch (const std::logic_error& error) {
    bytes.fail("text", 0, "the form of texts", error.what());
  }
}

}  // namespace keratin::cli
