#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/x509.h"
#include "core/status_list/status_reference.h"
#include "core/status_list/status_token.h"

namespace mibun::status_list {

// Gets the token at `uri` from the network: https, no redirects, bounded in time and size. May be called from any
// thread that checks a status, at most once at a time for each uri.
struct FetchedStatusToken {
  StatusTokenFormat format;  // as the answer's media type says: status_token_format()
  std::string body;
};
using StatusFetcher = std::function<Result<FetchedStatusToken>(const std::string& uri)>;

struct StatusCacheOptions {
  std::size_t lists_max = 64;
  seconds ttl_default{300};  // when the token names none
  seconds ttl_min{5};        // an issuer cannot make us fetch for each presentation
  seconds ttl_max{3600};     // nor keep a revocation from us for longer than this
  seconds retry_after{5};    // a dead host is asked again no sooner
};

// Verified status lists, kept for their ttl counted from the fetch and never past exp. A failing fetch leaves a kept
// list in use until its exp, and is status_list_unavailable otherwise: unknown is not valid. Threads may share one: a
// list that is fresh is read by all of them at once, and those who need one that is not wait for a single fetch.
class StatusCache {
 public:
  // `issuers` must outlive the cache.
  StatusCache(const crypto::TrustAnchors& issuers, StatusFetcher fetcher, StatusCacheOptions options = {});
  ~StatusCache();

  // Call only with a reference from a credential whose issuer was verified: its uri is fetched.
  // Errors: status_list_unavailable, and those of VerifiedStatusList::verify (of what was fetched) and check.
  Status check(const StatusReference& reference, Instant now);

 private:
  struct Entry;
  void note_use(Entry& entry);
  std::optional<Status> check_fresh(const StatusReference& reference, Instant now);
  using ListPtr = std::shared_ptr<const VerifiedStatusList>;
  Result<ListPtr> list_at(const std::string& uri, Instant now);
  Result<ListPtr> fetch(const std::string& uri, Instant now) const;
  std::shared_ptr<Entry> entry_at(const std::string& uri);
  seconds keep_for(const VerifiedStatusList& list) const;

  const crypto::TrustAnchors& issuers_;
  StatusFetcher fetcher_;
  StatusCacheOptions options_;
  // Shared to read a fresh list, alone for everything else.
  std::shared_mutex mutex_;
  std::condition_variable_any fetched_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
  std::atomic<std::uint64_t> uses_ = 0;
};

}  // namespace mibun::status_list
