#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/status_list/index_allocator.h"
#include "core/status_list/status_reference.h"

namespace mibun::status_list {

// Where a credential's status stands: the list's number and the index in it. A store writes it durably, unique.
struct StatusSlot {
  std::uint64_t list = 0;
  std::uint64_t index = 0;
  friend auto operator<=>(const StatusSlot&, const StatusSlot&) = default;
};

struct ListAllocatorOptions {
  std::uint64_t list_size = std::uint64_t{1} << 20;  // entries: the crowd that one credential hides in
  std::size_t lists_open = 4;                        // given out from at the same time
  unsigned fill_percent_max = 90;                    // a fuller list is closed, so that guesses find a free index
  std::string uri_prefix;                            // "https://issuer.example/status/"; the list's number follows
};

// Shards statuses over lists of one size that grow in number, not in length (Token Status List, sections 12.5
// and 13.4). Each credential gets a random open list and a random index in it: neither tells when it was issued or
// beside what. Never gives a slot twice. Not safe across threads by itself; the store's unique key is what counts.
class ListAllocator {
 public:
  // Errors: invalid_argument (no list, no entry, a fill of 0 or above 100, a prefix that makes no https URL).
  static Result<ListAllocator> make(ListAllocatorOptions options);

  // From the store, in any order. Errors: status_list_index_out_of_range.
  Status mark_used(const StatusSlot& slot);
  // One slot, used from now on; opens a list when fewer than lists_open have room.
  StatusSlot take(Rng& rng);
  // `count` slots in one list, so that the copies of one batch do not differ by their uri; at most a hundredth of a
  // list. Errors: invalid_argument.
  Result<std::vector<StatusSlot>> take_batch(std::size_t count, Rng& rng);

  std::uint64_t lists() const { return next_list_; }  // numbers 0 to lists() - 1 are in use or full
  std::uint64_t unused(std::uint64_t list) const;
  std::string uri(std::uint64_t list) const { return options_.uri_prefix + std::to_string(list); }
  StatusReference reference(const StatusSlot& slot) const { return {uri(slot.list), slot.index, std::nullopt}; }

 private:
  explicit ListAllocator(ListAllocatorOptions options) : options_(std::move(options)) {}
  bool has_room(const IndexAllocator& list, std::uint64_t wanted) const;
  IndexAllocator& list_at(std::uint64_t number);
  std::uint64_t pick_list(std::uint64_t wanted, Rng& rng);
  ListAllocatorOptions options_;
  std::map<std::uint64_t, IndexAllocator> lists_;  // those that something was taken from
  std::uint64_t next_list_ = 0;
};

}  // namespace mibun::status_list
