// SPDX-License-Identifier: Apache-2.0
#include "keratin/utils/tokenizer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/formats/json.h"
#include "keratin/parallel/parallel.h"
#include "keratin/utils/vocabulary.h"
#include "keratin/utils/word_splitter.h"

namespace keratin::utils {
namespace {

constexpr std::string_view kTokenizer = "Tokenizer";
constexpr std::int64_t kTextsPerChunk = 256;

constexpr std::int64_t kLargestNumber = std::int64_t{1} << 62;

using Sequences = std::vector<std::vector<std::int64_t>>;

enum class Mode { kBinary, kCount, kFreq, kTfidf };

Mode mode_of(std::string_view name) {
  constexpr std::string_view kModes[] = {"binary", "count", "freq", "tfidf"};
  for (std::size_t i = 0; i < 4; ++i) {
    if (name == kModes[i]) return static_cast<Mode>(i);
  }
  unknown_name(kTokenizer, "vectorization mode", name, kModes);
}

template <class Map>
std::string json_of_map(const Map& map) {
  Config::Dict dict;
  for (const auto& [key, value] : map) dict.emplace_back(str(key), Config(value));
  return formats::dump_json(dict);
}

std::int64_t index_from(const std::string& key) {
  std::int64_t value = 0;
  const char* const end = key.data() + key.size();
  const auto read = std::from_chars(key.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) {
    invalid_argument(kTokenizer, "an index must be an integer. Received: '", key, "'.");
  }
  return value;
}

/// A count or an index of a file: far from where adding to it would overflow.
std::int64_t number_from(const Config& config) {
  const std::int64_t number = config.as_int();
  if (number < 0 || number > kLargestNumber) {
    invalid_argument(kTokenizer, "a count or index must lie in [0, 2^62]. Received: ", number);
  }
  return number;
}

}  // namespace

std::size_t WordNumbers::size() const { return column_->order.size(); }

std::optional<std::int64_t> WordNumbers::find(std::string_view word) const {
  const std::uint32_t id = words_->find(word);
  const std::int64_t value = id == StringTable::kMissing ? WordColumn::kAbsent : column_->get(id);
  return value == WordColumn::kAbsent ? std::nullopt : std::optional(value);
}

std::int64_t WordNumbers::at(std::string_view word) const {
  if (const auto value = find(word)) return *value;
  out_of_range(kTokenizer, "the word '", word, "' is not in the vocabulary.");
}

std::vector<std::pair<std::string, std::int64_t>> WordNumbers::items() const {
  std::vector<std::pair<std::string, std::int64_t>> result;
  result.reserve(column_->order.size());
  for (const std::uint32_t id : column_->order) {
    result.emplace_back((*words_)[id], column_->values[id]);
  }
  return result;
}

std::vector<std::string> text_to_word_sequence(std::string_view text,
                                               const TextToWordSequenceOptions& options) {
  if (options.split.empty()) invalid_argument("text_to_word_sequence", "split must not be empty.");
  WordSplitter::Buffers buffers;
  const auto& words =
      WordSplitter(options.filters, options.lower, options.split).words(text, buffers);
  return {words.begin(), words.end()};
}

struct Tokenizer::State {
  static constexpr std::string_view kOwner = "Tokenizer";
  explicit State(TokenizerOptions o)
      : options(checked(std::move(o))), splitter(options.filters, options.lower, options.split) {}

  TokenizerOptions options;
  WordSplitter splitter;
  Vocabulary vocabulary;

  static TokenizerOptions checked(TokenizerOptions options) {
    if (options.num_words.value_or(0) < 0) {
      invalid_argument(kTokenizer,
                       "num_words must not be negative. Received: ", *options.num_words);
    }
    if (options.split.empty() && !options.char_level) {
      invalid_argument(kTokenizer, "split must not be empty.");
    }
    if (options.oov_token && !utf8::is_valid(*options.oov_token)) {
      invalid_argument(kTokenizer, "oov_token must be UTF-8.");
    }
    if (options.document_count < 0 || options.document_count > kLargestNumber) {
      invalid_argument(kTokenizer,
                       "document_count must lie in [0, 2^62]. Received: ", options.document_count);
    }
    return options;
  }

  const std::vector<std::string_view>& tokens_of(std::string_view text,
                                                 WordSplitter::Buffers& buffers) const {
    return options.char_level ? splitter.characters(text, buffers) : splitter.words(text, buffers);
  }
  void begin_text() {
    ++options.document_count;
    vocabulary.begin_text();
  }
  /// Whether `index` is among the num_words that are used.
  bool is_used(std::int64_t index) const {
    const std::int64_t num_words = options.num_words.value_or(0);
    return num_words == 0 || index < num_words;
  }
  std::optional<std::int64_t> oov_index() const {
    if (!options.oov_token) return std::nullopt;
    const std::int64_t i = vocabulary.index_of(*options.oov_token);
    return i == WordColumn::kAbsent ? std::nullopt : std::optional(i);
  }
  std::int64_t needed_oov_index() const {
    if (const auto i = oov_index()) return *i;
    invalid_argument(kTokenizer, "the oov_token '", *options.oov_token,
                     "' has no index: call fit_on_texts first.");
  }
  /// What index_word, which may have been changed by hand, has under the index of the oov_token.
  std::uint32_t oov_word() const {
    const std::int64_t i = needed_oov_index();
    const auto found = vocabulary.index_word.find(i);
    if (found != vocabulary.index_word.end()) return found->second;
    invalid_argument(kTokenizer, "index_word has no word under ", i,
                     ", the index of the oov_token.");
  }
  void append_index(std::string_view token, std::vector<std::int64_t>& sequence) const {
    const std::int64_t i = vocabulary.index_of(token);
    if (i == WordColumn::kAbsent) {
      if (options.oov_token) sequence.push_back(needed_oov_index());
    } else if (is_used(i)) {
      sequence.push_back(i);
    } else if (const auto oov = oov_index()) {
      sequence.push_back(*oov);
    }
  }
};

Tokenizer::Tokenizer(TokenizerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(const Tokenizer& other) : state_(std::make_unique<State>(*other.state_)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(const Tokenizer& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

void Tokenizer::fit_on_texts(const std::vector<std::string>& texts) {
  WordSplitter::Buffers buffers;
  for (const std::string& text : texts) {
    state_->begin_text();
    for (const std::string_view token : state_->tokens_of(text, buffers))
      state_->vocabulary.count(token);
  }
  state_->vocabulary.number_words(state_->options.oov_token);
}

void Tokenizer::fit_on_tokens(const std::vector<std::vector<std::string>>& texts) {
  std::string buffer;
  for (const std::vector<std::string>& text : texts) {
    state_->begin_text();
    for (const std::string& token : text) {
      state_->vocabulary.count(state_->splitter.normalized(token, buffer));
    }
  }
  state_->vocabulary.number_words(state_->options.oov_token);
}

void Tokenizer::fit_on_sequences(const Sequences& sequences) {
  state_->options.document_count += static_cast<std::int64_t>(sequences.size());
  std::vector<std::int64_t> once;
  for (const std::vector<std::int64_t>& sequence : sequences) {
    once = sequence;
    std::ranges::sort(once);
    once.erase(std::unique(once.begin(), once.end()), once.end());
    for (const std::int64_t i : once) ++state_->vocabulary.index_docs[i];
  }
}

Sequences Tokenizer::texts_to_sequences(const std::vector<std::string>& texts) const {
  Sequences sequences(texts.size());
  parallel::for_chunks(static_cast<std::int64_t>(texts.size()), kTextsPerChunk,
                       [&](std::int64_t begin, std::int64_t end) {
                         WordSplitter::Buffers buffers;
                         for (auto i = static_cast<std::size_t>(begin);
                              i < static_cast<std::size_t>(end); ++i) {
                           const auto& tokens = state_->tokens_of(texts[i], buffers);
                           sequences[i].reserve(tokens.size());
                           for (const std::string_view token : tokens)
                             state_->append_index(token, sequences[i]);
                         }
                       });
  return sequences;
}

Sequences Tokenizer::tokens_to_sequences(const std::vector<std::vector<std::string>>& texts) const {
  Sequences sequences(texts.size());
  std::string buffer;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const std::string& token : texts[i]) {
      state_->append_index(state_->splitter.normalized(token, buffer), sequences[i]);
    }
  }
  return sequences;
}

std::vector<std::string> Tokenizer::sequences_to_texts(const Sequences& sequences) const {
  std::vector<std::string> texts(sequences.size());
  const auto oov = state_->oov_index();
  const auto add = [&](std::string& text, std::uint32_t id) {
    if (!text.empty()) text += ' ';
    text += state_->vocabulary.words[id];
  };
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    for (const std::int64_t i : sequences[s]) {
      const auto found = state_->vocabulary.index_word.find(i);
      const bool is_known = found != state_->vocabulary.index_word.end();
      const bool is_common = state_->is_used(i);
      if (is_known && is_common) {
        add(texts[s], found->second);
      } else if (oov || (!is_known && state_->options.oov_token)) {
        add(texts[s], state_->oov_word());
      }
    }
  }
  return texts;
}

Tensor Tokenizer::texts_to_matrix(const std::vector<std::string>& texts,
                                  std::string_view mode) const {
  return sequences_to_matrix(texts_to_sequences(texts), mode);
}

Tensor Tokenizer::sequences_to_matrix(const Sequences& sequences,
                                      std::string_view mode_name) const {
  const Mode mode = mode_of(mode_name);
  std::int64_t columns = state_->options.num_words.value_or(0);
  if (columns == 0) {
    if (state_->vocabulary.word_index.order.empty()) {
      invalid_argument(kTokenizer,
                       "give num_words, or fit on some texts first: the width is not known.");
    }
    columns = static_cast<std::int64_t>(state_->vocabulary.word_index.order.size()) + 1;
  }
  const std::int64_t documents = state_->options.document_count;
  if (mode == Mode::kTfidf && documents == 0) {
    invalid_argument(kTokenizer, "fit on some data before the mode 'tfidf'.");
  }
  Tensor matrix = Tensor::zeros({static_cast<std::int64_t>(sequences.size()), columns});
  const auto out = matrix.data<float>();
  std::map<std::int64_t, std::int64_t> counts;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    counts.clear();
    for (const std::int64_t i : sequences[s]) {
      if (i < 0) {
        out_of_range(kTokenizer, "sequence ", s, " holds a negative index. Received: ", i);
      }
      if (i < columns) ++counts[i];
    }
    for (const auto& [i, count] : counts) {
      double value = 1;
      if (mode == Mode::kCount) value = static_cast<double>(count);
      if (mode == Mode::kFreq) {
        value = static_cast<double>(count) / static_cast<double>(sequences[s].size());
      }
      if (mode == Mode::kTfidf) {
        const auto seen = state_->vocabulary.index_docs.find(i);
        const double in =
            seen == state_->vocabulary.index_docs.end() ? 0 : static_cast<double>(seen->second);
        value = (1 + std::log(static_cast<double>(count))) *
                std::log(1 + static_cast<double>(documents) / (1 + in));
      }
      out[s * static_cast<std::size_t>(columns) + static_cast<std::size_t>(i)] =
          static_cast<float>(value);
    }
  }
  return matrix;
}

WordNumbers Tokenizer::word_counts() const {
  return {state_->vocabulary.words, state_->vocabulary.word_counts};
}
WordNumbers Tokenizer::word_docs() const {
  return {state_->vocabulary.words, state_->vocabulary.word_docs};
}
WordNumbers Tokenizer::word_index() const {
  return {state_->vocabulary.words, state_->vocabulary.word_index};
}

std::map<std::int64_t, std::string> Tokenizer::index_word() const {
  std::map<std::int64_t, std::string> result;
  for (const auto& [i, id] : state_->vocabulary.index_word)
    result.emplace(i, state_->vocabulary.words[id]);
  return result;
}

std::map<std::int64_t, std::int64_t> Tokenizer::index_docs() const {
  return state_->vocabulary.index_docs;
}
std::int64_t Tokenizer::document_count() const { return state_->options.document_count; }
const TokenizerOptions& Tokenizer::options() const { return state_->options; }

namespace {

template <class F>
void fields(F& f, TokenizerOptions& o) {
  f("num_words", o.num_words);
  f("filters", o.filters);
  f("lower", o.lower);
  f("split", o.split);
  f("char_level", o.char_level);
  f("oov_token", o.oov_token);
  f("document_count", o.document_count);
}

/// The dictionaries of a config, each a string of JSON.
struct Dictionaries {
  std::string word_counts, word_docs, index_docs, index_word, word_index;
};
template <class F>
void fields(F& f, Dictionaries& d) {
  f("word_counts", d.word_counts);
  f("word_docs", d.word_docs);
  f("index_docs", d.index_docs);
  f("index_word", d.index_word);
  f("word_index", d.word_index);
}

}  // namespace

Config Tokenizer::get_config() const {
  TokenizerOptions options = state_->options;
  Dictionaries dictionaries{json_of_map(word_counts().items()), json_of_map(word_docs().items()),
                            json_of_map(index_docs()), json_of_map(index_word()),
                            json_of_map(word_index().items())};
  ConfigWriter writer;
  fields(writer, options);
  fields(writer, dictionaries);
  return writer.take();
}

std::string Tokenizer::to_json() const {
  Config json = Config::dict();
  json["class_name"] = "Tokenizer";
  json["config"] = get_config();
  return formats::dump_json(json);
}

Tokenizer tokenizer_from_json(std::string_view json) {
  const Config file = formats::parse_json(json);
  TokenizerOptions options;
  Dictionaries dictionaries;
  ConfigReader reader(kTokenizer, file.at("config"));
  fields(reader, options);
  fields(reader, dictionaries);
  reader.finish();
  Tokenizer tokenizer(std::move(options));
  Vocabulary& vocabulary = tokenizer.state_->vocabulary;
  const auto read = [](const std::string& text) { return formats::parse_json(text); };
  const auto read_column = [&](const std::string& text, WordColumn& column) {
    const Config numbers = read(text);
    for (const auto& [word, number] : numbers.as_dict()) {
      column.slot(vocabulary.words.insert(word)) = number_from(number);
    }
  };
  read_column(dictionaries.word_counts, vocabulary.word_counts);
  read_column(dictionaries.word_docs, vocabulary.word_docs);
  read_column(dictionaries.word_index, vocabulary.word_index);
  const Config index_docs = read(dictionaries.index_docs);
  for (const auto& [key, count] : index_docs.as_dict()) {
    vocabulary.index_docs[index_from(key)] = number_from(count);
  }
  const Config index_word = read(dictionaries.index_word);
  for (const auto& [key, word] : index_word.as_dict()) {
    vocabulary.index_word[index_from(key)] = vocabulary.words.insert(word.as_string());
  }
  return tokenizer;
}

}  // namespace keratin::utils
