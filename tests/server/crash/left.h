#pragma once

#include <filesystem>
#include <string>
#include <system_error>

// The data directory that a killed server left behind; gone with its parent at the end.
struct Left {
  std::string directory;
  ~Left() {
    std::error_code error;
    std::filesystem::remove_all(std::filesystem::path(directory).parent_path(), error);
  }
};
