#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::keyd {

// What is written about signing keys and is no secret, each paper once, under its file name: "<stem>.pem" the
// certificates, "<stem>.pub" the public part of a pair in a token. From any thread.
class SigningPapers {
 public:
  virtual ~SigningPapers() = default;

  // All whose name ends with `suffix`, by stem. Errors: io_error, keyd_integrity_error, those of a table.
  virtual Result<std::map<std::string, Bytes>> all(std::string_view suffix) = 0;
  // Durable. Errors: keyd_key_exists, io_error, those of a table.
  virtual Status write_new(const std::string& stem, std::string_view suffix, BytesView content) = 0;
  // A missing one is no error.
  virtual Status remove(const std::string& stem, std::string_view suffix) = 0;
  // See SigningKeys::copy_table().
  virtual Result<std::optional<Bytes>> copy_table() = 0;
};

// In the files of one directory.
class DirectoryPapers final : public SigningPapers {
 public:
  explicit DirectoryPapers(std::string directory) : directory_(std::move(directory)) {}

  Result<std::map<std::string, Bytes>> all(std::string_view suffix) override;
  Status write_new(const std::string& stem, std::string_view suffix, BytesView content) override;
  Status remove(const std::string& stem, std::string_view suffix) override;
  Result<std::optional<Bytes>> copy_table() override { return std::nullopt; }

 private:
  std::string path(const std::string& stem, std::string_view suffix) const {
    return directory_ + "/" + stem + std::string(suffix);
  }
  const std::string directory_;
};

}  // namespace mibun::keyd
