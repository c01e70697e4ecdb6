// How the examples hand things to each other: files in one folder. Nothing here is about credentials.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "core/base/result.h"

inline void save(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  std::printf("wrote %s (%zu bytes)\n", path.c_str(), text.size());
}

inline std::string load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The exit code of a program; a refusal is told by its code, its place and a sentence.
inline int finish(const mibun::Status& done) {
  if (done) return 0;
  std::printf("refused: %s %s %s\n", std::string(to_string(done.error().code)).c_str(), done.error().where.c_str(),
              done.error().detail.c_str());
  return 1;
}
