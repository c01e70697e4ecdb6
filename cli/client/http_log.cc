#include "cli/client/http_log.h"

#include <utility>

#include "core/codecs/url.h"
#include "core/tlog/tile.h"

namespace mibun::cli {

Result<std::unique_ptr<HttpLog>> HttpLog::open(std::string url, const tlog::VerifierKey& key, std::string ca_pem) {
  while (url.ends_with('/')) url.pop_back();
  MIBUN_TRY(const HttpsUrl parsed, HttpsUrl::parse(url));
  MIBUN_TRY(auto destinations, http::Destinations::only({parsed.origin()}));
  http::Client client({.destinations = std::move(destinations),
                       .trust_pem = std::move(ca_pem),
                       .response_bytes_max = tlog::kBundleBytesMax});
  std::unique_ptr<HttpLog> log(new HttpLog(std::move(url), std::move(client)));
  MIBUN_TRY(log->checkpoint_, log->fetch(log_tree::kCheckpointFile));
  MIBUN_TRY(const auto checkpoint, tlog::SignedCheckpoint::open(as_text(log->checkpoint_), key));
  const std::uint64_t size = checkpoint.head().size;
  if (size > kHttpLogEntriesMax) return fail(ErrorCode::log_proof_invalid, "checkpoint", "a log too large to read");
  log->files_.insert(log_tree::kCheckpointFile);
  for (const tlog::TileId& id : tlog::tiles_between(0, size)) log->files_.insert(id.path());
  return log;
}

Result<Bytes> HttpLog::fetch(const std::string& path) {
  HttpRequest request;
  request.url = url_ + "/" + path;
  MIBUN_TRY(const HttpResponse response, client_.send(request));
  if (response.status == 404) return fail(ErrorCode::not_found, path);
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, path, std::to_string(response.status));
  return to_bytes(response.body);
}

Result<Bytes> HttpLog::read(const std::string& path, std::size_t bytes_max) {
  if (path == log_tree::kCheckpointFile) return checkpoint_;
  MIBUN_TRY(Bytes bytes, fetch(path));
  if (bytes.size() > bytes_max) return fail(ErrorCode::io_error, path, "too large");
  return bytes;
}

Result<std::vector<std::string>> HttpLog::list(const std::string& path) {
  const std::string front = path.empty() ? "" : path + "/";
  std::vector<std::string> names;
  for (auto at = files_.lower_bound(front); at != files_.end() && at->starts_with(front);) {
    const std::string rest = at->substr(front.size());
    const std::size_t slash = rest.find('/');
    names.push_back(slash == std::string::npos ? rest : rest.substr(0, slash + 1));
    // Past everything in that folder.
    at = slash == std::string::npos ? std::next(at) : files_.lower_bound(front + rest.substr(0, slash) + '0');
  }
  return names;
}

}  // namespace mibun::cli
