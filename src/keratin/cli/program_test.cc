// SPDX-License-Identifier: Apache-2.0
// The program from outside: what it prints where, and what it ends with.
#include "support/program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "support/sanitized.h"
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/formats/json.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;

class Program : public ::testing::Test {
 protected:
  using Ended = testing::Program::Ended;

  Program() {
    std::string tsv;
    for (int i = 0; i < 40; ++i) {
      tsv += "fruit\tripe apple number " + std::to_string(i) + "\n";
      tsv += "metal\thard iron number " + std::to_string(i) + "\n";
    }
    folder_.write("data.tsv", tsv);
  }
  Ended run(const std::string& arguments, const std::string& before = "") const {
    return program_.run(arguments, before);
  }
  std::string read(const std::string& name) const { return program_.read(name); }

  const testing::Program program_;
  const testing::TemporaryFolder& folder_ = program_.folder;
};

TEST_F(Program, LearnsAndAnswers) {
  const Ended ended = run("train data.tsv --epochs 20 --predict 'an apple' 'of iron'");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(ended.out.starts_with("held-out accuracy  1.0000  (16 of 16)\n")) << ended.out;
  EXPECT_NE(ended.out.find("\nfruit\t"), std::string::npos);
  EXPECT_NE(ended.out.find("\tof iron\n"), std::string::npos);
  EXPECT_EQ(ended.out.find("Epoch"), std::string::npos);
  EXPECT_NE(ended.err.find("Epoch 20/20"), std::string::npos);
  EXPECT_EQ(ended.err.find('\x1B'), std::string::npos);  // no terminal, no control characters
}

TEST_F(Program, QuietJsonAndSeed) {
  const Ended first =
      run("train data.tsv -q --json --seed 3 --epochs 2 --predict -", "printf 'x\\n\\ny' |");
  const Ended threads = run("train data.tsv -q --json --seed 3 --epochs 2 --threads 1");
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.err, "");
  const Config json = formats::parse_json(first.out);
  EXPECT_EQ(json.at("test").at("texts").as_int(), 16);
  EXPECT_EQ(json.at("history").at("loss").as_list().size(), 2u);
  EXPECT_EQ(json.at("test"), formats::parse_json(threads.out).at("test"));
  EXPECT_EQ(json.at("history"), formats::parse_json(threads.out).at("history"));
}

TEST_F(Program, UsageErrors) {
  for (const auto& [arguments, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "subcommand"},
           {"trian data.tsv", "Did you mean 'train'?"},
           {"train", "FILE is required"},
           {"train data.tsv --epoch 3", "Did you mean '--epochs'?"},
           {"train data.tsv --epochs 0", "--epochs"},
           {"train data.tsv --optimizer adamm", "Did you mean 'adam'?"},
           {"train data.tsv --class-weight fruti=2", "Did you mean 'fruit'?"},
           {"train data.tsv --class-weight fruit", "LABEL=WEIGHT"},
           {"train data.tsv --patience 2", "validation_split"},
           {"train data.tsv --padding middle", "middle"},
           {"train data.tsv --architecture lsmt", "lsmt"},
           {"train data.tsv --architecture gru --ngrams 2", "--ngrams is nothing that"},
           {"train data.tsv --architecture gru --heads 2", "it has no attention"},
           {"train data.tsv --kernel-size 2", "it has no convolution"},
           {"train data.tsv --filters x", "--tokens words"},
           {"predcit m.keras", "Did you mean 'predict'?"},
           {"predict", "MODEL is required"},
           {"predict m.keras --tpo 3", "Did you mean '--top'?"},
           {"convert m.keras", "OUT is required"},
           {"info", "MODEL is required"},
           {"demo --sead 1", "Did you mean '--seed'?"}}) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 2) << arguments;
    EXPECT_EQ(ended.out, "") << arguments;
    EXPECT_NE(ended.err.find(text), std::string::npos) << arguments << ": " << ended.err;
  }
}

TEST_F(Program, InputErrors) {
  folder_.write("bad.tsv", "a\tb\nnothing\n");
  folder_.write("one.tsv", "a\tb\na\tc\n");
  for (const auto& [arguments, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"train none.tsv", "none.tsv: No such file"},
           {"train bad.tsv", "bad.tsv:2:8: no tab"},
           {"train one.tsv", "two labels"},
           {"train .", ".txt"}}) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, 3) << arguments;
    EXPECT_EQ(ended.out, "") << arguments;
    EXPECT_NE(ended.err.find(text), std::string::npos) << arguments << ": " << ended.err;
  }
}

TEST_F(Program, ArchitecturesLearnTheSameOnAnyNumberOfThreads) {
  std::string tsv;  // only the order tells them apart
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i % 7);
    tsv += "down\tthe water goes from " + number + " to below\n";
    tsv += "up\tto below goes the water from " + number + "\n";
  }
  folder_.write("order.tsv", tsv);
  for (const char* architecture : {"conv", "lstm", "gru", "bilstm", "attention"}) {
    const std::string train =
        str("train order.tsv -q --json --architecture ", architecture, " --epochs ",
            testing::kSanitized ? 1 : 6, " --seed 2 --dropout 0.1 --predict - --threads ");
    const std::string texts = "printf 'to below goes the water from 3\n\nfrom' |";
    const Ended one = run(train + "1", texts), two = run(train + "2", texts);
    ASSERT_EQ(one.code, 0) << one.err;
    EXPECT_EQ(one.out, two.out) << architecture;
    const Config json = formats::parse_json(one.out);
    EXPECT_EQ(json.at("architecture").as_string(), architecture);
    if (!testing::kSanitized) {
      EXPECT_EQ(json.at("test").at("accuracy").as_double(), 1.0) << architecture;
    }
    EXPECT_EQ(json.at("predictions").as_list().size(), 3u);
    EXPECT_EQ(json.at("predictions").as_list()[1].at("known_tokens").as_int(), 0);
  }
}

TEST_F(Program, LongTextsAreCutAndThatIsSaidOnce) {
  const Ended ended =
      run("train data.tsv --architecture gru --maxlen 3 --epochs 1 --output m.keras --predict "
          "'a b c d' 'a b'");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("64 training texts have more than 3 tokens and are cut"),
            std::string::npos)
      << ended.err;
  const std::string note = "1 of the 2 answered texts are longer than the model reads";
  EXPECT_NE(ended.err.find(note), std::string::npos) << ended.err;
  const Ended predicted = run("predict m.keras", "printf 'a b c d\na b\n' |");
  EXPECT_EQ(predicted.out, ended.out.substr(ended.out.size() - predicted.out.size()));
  EXPECT_NE(predicted.err.find(note), std::string::npos) << predicted.err;
}

TEST_F(Program, TextsWithoutWords) {
  folder_.write("odd.tsv", "a\t\nb\tword\na\t\xFF\xFE\nb\tword two\na\t\nb\tword\n");
  const Ended ended = run("train odd.tsv --epochs 2 --predict '' '...'");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out.find("nan"), std::string::npos) << ended.out;
  EXPECT_NE(ended.err.find("no UTF-8"), std::string::npos);
}

TEST_F(Program, InterruptedEndsCleanly) {
  // --foreground: one signal. Otherwise timeout also signals its process group, and the program,
  // signalled twice, ends at once, as it should.
  const Ended ended =
      run("train data.tsv --epochs 1000000", "timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(ended.code, 130);
  EXPECT_TRUE(ended.err.ends_with("keratin: interrupted\n"))
      << ended.err.substr(ended.err.size() > 300 ? ended.err.size() - 300 : 0);
}

TEST_F(Program, FullOutputIsAFailure) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const std::string command = "'" KERATIN_PROGRAM "' train '" + (folder_ / "data.tsv").string() +
                              "' -q --epochs 1 >/dev/full 2>/dev/null </dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
}

TEST_F(Program, Demo) {
  fs::create_directories(folder_ / "root");
  for (int file = 0; file < 30; ++file) {
    std::string python, shell;
    for (int line = 0; line < 20; ++line) {
      const std::string number = std::to_string(file * 20 + line);
      python += "def function_" + number + "(self):\n";
      shell += "if [ -z \"$option" + number + "\" ]; then\n";
    }
    folder_.write("root/" + std::to_string(file) + ".py", python);
    folder_.write("root/" + std::to_string(file) + ".sh", shell);
  }
  const Ended ended =
      run("demo --root root --epochs 3 -q 'def main(self):' 'if [ -z \"$x\" ]; then'");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(ended.out.starts_with("held-out accuracy  1.0000")) << ended.out;
  EXPECT_NE(ended.out.find("\nPython\t"), std::string::npos);
  EXPECT_NE(ended.out.find("\nshell\t"), std::string::npos);
  EXPECT_EQ(run("demo --root none -q").code, 1);
}

TEST_F(Program, HelpSpeaksToUsers) {
  for (const char* command :
       {"", "train", "demo", "predict", "test", "info", "convert", "vectors", "quantize"}) {
    const Ended ended = run(std::string(command) + " --help");
    EXPECT_EQ(ended.code, 0);
    EXPECT_NE(ended.out.find("Usage: keratin"), std::string::npos) << ended.out;
    for (const char* inside : {"ENUM", "->", "value in", "0x"}) {
      EXPECT_EQ(ended.out.find(inside), std::string::npos) << inside << " in " << ended.out;
    }
  }
}

TEST_F(Program, AnswersLinesAsTheyCome) {
  folder_.write("talk.sh",
                "mkfifo in\n'" KERATIN_PROGRAM
                "' train data.tsv -q --epochs 5 $1 --predict - <in >answers 2>problems &\n"
                "exec 3>in\n"
                "wait_for() { n=0; until grep -q \"$1\" answers; do\n"
                "  n=$((n+1)); [ $n -lt 600 ] || exit 9; sleep 0.1; done; }\n"
                "echo 'an apple' >&3; wait_for 'an apple'\n"
                "printf 'of iron' >&3; sleep 0.3; printf '\\n' >&3; wait_for 'of iron'\n"
                "printf 'no end of line' >&3; exec 3>&-; wait; cat answers; rm -f in\n");
  for (const char* json : {"", "--json"}) {
    const std::string command =
        "cd '" + folder_.path().string() + "' && sh talk.sh " + json + " >out 2>err </dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << read("problems");
    const std::string out = read("out");
    EXPECT_NE(out.find("no end of line"), std::string::npos) << out;
    EXPECT_EQ(read("problems"), "");
    if (*json != '\0') {
      EXPECT_EQ(formats::parse_json(out).at("predictions").as_list().size(), 3u);
    }
  }
}

TEST_F(Program, ReadsStandardInput) {
  const Ended ended = run("train - -q --epochs 1", "< data.tsv");
  EXPECT_EQ(ended.code, 0) << ended.err;
  const Ended twice = run("train - --predict -");
  EXPECT_EQ(twice.code, 2);
  EXPECT_NE(twice.err.find("standard input"), std::string::npos);
  EXPECT_EQ(run("train -").code, 3);  // empty
}

TEST_F(Program, SaysWhatTheColumnsAre) {
  std::string csv;
  for (int i = 0; i < 40; ++i) {
    csv += "\"text, number " + std::to_string(i) + "\"," + (i % 2 == 0 ? "even" : "odd") + "\n";
  }
  folder_.write("text_first.csv", csv);
  const Ended ended = run("train text_first.csv --epochs 1");
  EXPECT_EQ(ended.code, 0);
  EXPECT_NE(ended.err.find("labels: column 2: 2 different values, such as 'even'; texts: column 1"),
            std::string::npos)
      << ended.err;
  const Ended wrong = run("train text_first.csv --label-column 1 --epochs 1");
  EXPECT_EQ(wrong.code, 3);
  EXPECT_NE(wrong.err.find("40 different labels for 40 texts cannot be right"), std::string::npos);
}

TEST_F(Program, CountsTextsWithoutAKnownToken) {
  folder_.write("odd.tsv", read("data.tsv") + "fruit\t\nmetal\t   \nmetal\t\n");
  const Ended ended =
      run("train odd.tsv --epochs 2 --test-split 0 --predict '' '\xE2\x82\xAC' apple");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("note: 3 of the 83 training texts hold no token that is known"),
            std::string::npos)
      << ended.err;
  EXPECT_NE(ended.err.find("note: 2 of the 3 answered texts hold no token that is known"),
            std::string::npos)
      << ended.err;
  EXPECT_EQ(ended.out.find("nan"), std::string::npos) << ended.out;
}

#ifndef __SANITIZE_ADDRESS__  // which takes address space for all that there is
TEST_F(Program, ManyLabelsTakeMemoryInProportion) {
  std::string tsv;
  constexpr int kLabels = 4000;
  for (int i = 0; i < 3 * kLabels; ++i) {
    tsv += "c" + std::to_string(i % kLabels) + "\ttext " + std::to_string(i) + "\n";
  }
  folder_.write("many.tsv", tsv);
  // A JSON table of classes by classes would not fit.
  const Ended ended =
      run("train many.tsv -q --json --epochs 1 --output-dim 2 --batch-size 256 --subwords 0",
          "ulimit -v 900000 &&");
  EXPECT_EQ(ended.code, 0) << ended.err;
}
#endif

/// On a terminal of 40 columns no line wraps but the last of an epoch, and without colour there is
/// none.
TEST_F(Program, ProgressOnANarrowTerminal) {
  const winsize size{.ws_row = 24, .ws_col = 40, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (chdir(folder_.path().c_str()) != 0) _exit(1);
    setenv("NO_COLOR", "1", 1);
    setenv("TERM", "xterm", 1);
    execl(KERATIN_PROGRAM, "keratin", "train", "data.tsv", "--epochs", "40", "--batch-size", "1",
          nullptr);
    _exit(127);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = ::read(terminal, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(terminal);
  EXPECT_EQ(WEXITSTATUS(status), 0) << text;
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
  int drawings = 0;
  for (std::size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    const std::size_t end = text.find_first_of("\r\n", at + 1);
    if (end == text.npos || text[end] == '\n' || text.substr(end, 2) == "\r\n") continue;
    ++drawings;
    EXPECT_LT(utf8::length(text.substr(at + 1, end - at - 1)), 40u);
  }
  EXPECT_GT(drawings, 0);
}

TEST_F(Program, SaysItsVersion) {
  const Ended ended = run("--version");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.out.starts_with("keratin "));
}

}  // namespace
}  // namespace keratin::cli
