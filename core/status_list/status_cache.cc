#include "core/status_list/status_cache.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mibun::status_list {

struct StatusCache::Entry {
  ListPtr list;                  // the last good one
  Instant fresh_until;           // of `list`
  std::optional<Error> failure;  // of the last fetch
  Instant retry_at;              // no fetch before, after a failure
  bool fetching = false;
  std::uint64_t fetches = 0;  // finished ones, so that waiters see that theirs is over
  std::atomic<std::uint64_t> last_use = 0;
};

namespace {

bool usable(const std::shared_ptr<const VerifiedStatusList>& list, Instant now) {
  return list != nullptr && (!list->expires_at() || now < *list->expires_at());
}

}  // namespace

StatusCache::StatusCache(const crypto::TrustAnchors& issuers, StatusFetcher fetcher, StatusCacheOptions options)
    : issuers_(issuers), fetcher_(std::move(fetcher)), options_(options) {}

StatusCache::~StatusCache() = default;

// Written only when another list was used since, so that threads reading one list do not fight over a cache line.
void StatusCache::note_use(Entry& entry) {
  if (entry.last_use.load(std::memory_order_relaxed) != uses_.load(std::memory_order_relaxed)) entry.last_use = ++uses_;
}

// nullopt when no fresh list is kept.
std::optional<Status> StatusCache::check_fresh(const StatusReference& reference, Instant now) {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(reference.uri);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = *found->second;
  if (!usable(entry.list, now) || now >= entry.fresh_until) return std::nullopt;
  note_use(entry);
  return entry.list->check(reference);
}

Status StatusCache::check(const StatusReference& reference, Instant now) {
  if (std::optional<Status> checked = check_fresh(reference, now)) return std::move(*checked);
  MIBUN_TRY(const ListPtr list, list_at(reference.uri, now));
  return list->check(reference);
}

seconds StatusCache::keep_for(const VerifiedStatusList& list) const {
  return std::clamp(list.time_to_live().value_or(options_.ttl_default), options_.ttl_min, options_.ttl_max);
}

Result<StatusCache::ListPtr> StatusCache::fetch(const std::string& uri, Instant now) const {
  const auto token = fetcher_(uri);
  // The fetcher's own error names hosts and sockets; callers decide on "unavailable".
  if (!token) return fail(ErrorCode::status_list_unavailable, "status_list", "the status list could not be fetched");
  MIBUN_TRY(VerifiedStatusList list,
            VerifiedStatusList::verify(token->format, as_bytes(token->body), {uri, issuers_}, now));
  return std::make_shared<const VerifiedStatusList>(std::move(list));
}

// Called with the lock held. Room is made by dropping the list unused for longest that nobody is fetching.
std::shared_ptr<StatusCache::Entry> StatusCache::entry_at(const std::string& uri) {
  auto found = entries_.find(uri);
  if (found == entries_.end()) {
    if (entries_.size() >= options_.lists_max) {
      auto oldest = entries_.end();
      for (auto it = entries_.begin(); it != entries_.end(); ++it) {
        if (it->second->fetching) continue;
        if (oldest == entries_.end() || it->second->last_use < oldest->second->last_use) oldest = it;
      }
      if (oldest != entries_.end()) entries_.erase(oldest);
    }
    found = entries_.emplace(uri, std::make_shared<Entry>()).first;
    found->second->last_use = ++uses_;
  }
  note_use(*found->second);
  return found->second;
}

Result<StatusCache::ListPtr> StatusCache::list_at(const std::string& uri, Instant now) {
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Entry> entry = entry_at(uri);
  if (usable(entry->list, now) && now < entry->fresh_until) return entry->list;

  if (entry->fetching) {
    const std::uint64_t before = entry->fetches;
    fetched_.wait(lock, [&] { return entry->fetches != before; });
  } else if (!entry->failure || now >= entry->retry_at) {
    entry->fetching = true;
    lock.unlock();
    Result<ListPtr> result = fetch(uri, now);
    lock.lock();
    entry->fetching = false;
    ++entry->fetches;
    if (result) {
      entry->list = std::move(*result);
      entry->fresh_until = now + keep_for(*entry->list);
      entry->failure.reset();
    } else {
      entry->failure = std::move(result.error());
      entry->retry_at = now + options_.retry_after;
    }
    fetched_.notify_all();
  }
  if (usable(entry->list, now)) return entry->list;
  if (entry->failure) return std::unexpected<Error>(*entry->failure);
  return fail(ErrorCode::status_list_expired, "status_list", "the fetched status list has expired");
}

}  // namespace mibun::status_list
