#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

// A fresh directory (0700) below the system's temporary folder, removed with all it holds at the end of the scope.
class TempDir {
 public:
  // `memory`: where files are kept in memory and there is room for a gigabyte, for tests that are not about a disk and
  // would wait for it all the time; elsewhere as well as anywhere.
  enum class Place { system, memory };
  explicit TempDir(Place place = Place::system) {
    std::string pattern = (below(place) / "mibun-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(std::string_view name) const { return (path_ / name).string(); }

  // Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream out(path_ / name, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file(name));
    return file(name);
  }
  std::string read(std::string_view name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  static std::filesystem::path below(Place place) {
    constexpr std::uintmax_t kRoom = std::uintmax_t{1} << 30;
    const std::filesystem::path memory = "/dev/shm";
    std::error_code none;
    const bool roomy = place == Place::memory && std::filesystem::space(memory, none).available >= kRoom && !none;
    return roomy ? memory : std::filesystem::temp_directory_path();
  }
  std::filesystem::path path_;
};
