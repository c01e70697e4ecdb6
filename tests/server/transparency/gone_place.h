#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace mibun::server {

// A place that is gone: a file stands where its folder was.
class GonePlace {
 public:
  explicit GonePlace(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::rename(folder_, folder_ + ".away");
    std::ofstream(folder_) << "in the way";
  }
  ~GonePlace() {
    std::filesystem::remove(folder_);
    std::filesystem::rename(folder_ + ".away", folder_);
  }
  GonePlace(const GonePlace&) = delete;
  GonePlace& operator=(const GonePlace&) = delete;

 private:
  std::string folder_;
};

}  // namespace mibun::server
