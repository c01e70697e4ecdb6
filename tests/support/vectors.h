#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

// The text of tests/vectors/<path>. Throws when it is missing, so that a test cannot pass by reading nothing.
inline std::string read_vector(const std::string& path) {
  std::ifstream file(std::string(MIBUN_VECTORS) + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("missing vector " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}
