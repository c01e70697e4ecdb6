#pragma once

#include <memory>
#include <set>
#include <string>

#include "core/tlog/checkpoint.h"
#include "platform/http/client.h"
#include "platform/log_tree/storage.h"

namespace mibun::cli {

// More than this is not read over a network: the list of such a log's files alone would not fit.
inline constexpr std::uint64_t kHttpLogEntriesMax = std::uint64_t{1} << 28;

// A log behind an address (C2SP tlog-tiles), read as if it lay in a folder: with the files that its tree has, as its
// checkpoint said at opening. Writing to it is refused.
class HttpLog final : public log_tree::Storage {
 public:
  // `url`: "https://id.example.jp/log". `ca_pem`: the roots to trust; empty: the system's. Errors: url_*, http_*,
  // not_found, signature_invalid and signature_malformed (the checkpoint), log_proof_invalid (too large a log).
  static Result<std::unique_ptr<HttpLog>> open(std::string url, const tlog::VerifierKey& key, std::string ca_pem);

  Result<Bytes> read(const std::string& path, std::size_t bytes_max) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Status write(const std::string&, BytesView) override { return refused(); }
  Status append(const std::string&, BytesView) override { return refused(); }
  Status sync(const std::string&) override { return refused(); }
  Status sync_folder(const std::string&) override { return refused(); }
  Status rename(const std::string&, const std::string&) override { return refused(); }
  Status remove(const std::string&) override { return refused(); }

 private:
  HttpLog(std::string url, http::Client client) : url_(std::move(url)), client_(std::move(client)) {}
  Result<Bytes> fetch(const std::string& path);
  static std::unexpected<Error> refused() { return fail(ErrorCode::io_error, "log", "is only read"); }

  std::string url_;
  http::Client client_;
  Bytes checkpoint_;  // as it was at opening, so that a log which grows meanwhile is read as one
  std::set<std::string> files_;
};

}  // namespace mibun::cli
