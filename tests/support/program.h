// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "support/temporary_folder.h"
#include <sys/wait.h>

namespace keratin::testing {

/// The program `keratin`, run in a folder of its own. KERATIN_PROGRAM is its path.
class Program {
 public:
  struct Ended {
    int code;  // -1 where a signal ended it
    std::string out, err;
  };

  /// Runs `before keratin arguments`. It reads nothing, unless `before` has a pipe or begins with
  /// "<".
  Ended run(const std::string& arguments, const std::string& before = "") const {
    const bool is_fed = before.starts_with('<') || before.find('|') != std::string::npos;
    const std::string command = "cd '" + folder.path().string() + "' && " + before +
                                " '" KERATIN_PROGRAM "' " + arguments + " >out 2>err" +
                                (is_fed ? "" : " </dev/null");
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder / name, std::ios::binary).rdbuf();
    return text.str();
  }

  const TemporaryFolder folder;
};

}  // namespace keratin::testing
