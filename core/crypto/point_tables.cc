#include "core/crypto/point_tables.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <vector>

#include "core/base/mutex.h"
#include "core/crypto/point_tables_internal.h"

namespace mibun::crypto {
namespace {

std::atomic<std::size_t> room = kPointTablesMax;

// How often a thread used which points lately. A point that comes in place of another one takes from its count, so that
// holders' keys, which come once, neither fill this up nor push an issuer's out.
class Counts {
 public:
  static Counts& of_this_thread() {
    thread_local Counts counts;
    return counts;
  }

  // True once in kUsesBeforeTable times.
  bool add(BytesView point65) {
    Count& count = counts_[point65.back() % counts_.size()];
    std::uint64_t name = 0;  // 64 bits of x: to mistake one key for another only makes a table too early
    std::memcpy(&name, point65.data() + 1, sizeof name);
    if (count.name == name) {
      if (++count.uses < point_tables::kUsesBeforeTable) return false;
      count.uses = 0;
      return true;
    }
    if (count.uses > 0) {
      --count.uses;
    } else {
      count = {name, 1};
    }
    return false;
  }

 private:
  struct Count {
    std::uint64_t name = 0;
    unsigned uses = 0;
  };
  std::array<Count, 64> counts_;
};

// The tables of this process.
class Tables {
 public:
  static Tables& of_this_process() {
    static Tables tables;
    return tables;
  }

  std::shared_ptr<const PointTable> find(BytesView point65) {
    if (empty_.load(std::memory_order_acquire)) return nullptr;
    const Lock lock(mutex_);
    const auto found = at(point65);
    return found == entries_.end() ? nullptr : found->table;
  }

  std::shared_ptr<const PointTable> find_or_make(BytesView point65) {
    if (!take_place(point65)) return find(point65);
    auto table = PointTable::make(point65);  // without the lock: it takes long
    const Lock lock(mutex_);
    if (table == nullptr) {
      impossible_ = true;  // as it would be for every other key
      entries_.clear();
    } else if (const auto place = at(point65); place != entries_.end()) {
      place->table = table;
    }
    empty_.store(entries_.empty(), std::memory_order_release);
    return table;
  }

 private:
  struct Entry {
    Bytes point;
    std::shared_ptr<const PointTable> table;  // null while it is made
    std::uint64_t uses_then = 0;              // when a place was last looked for
    std::uint64_t uses_since() const { return table == nullptr ? ~std::uint64_t{0} : table->uses() - uses_then; }
  };

  std::vector<Entry>::iterator at(BytesView point65) {
    return std::ranges::find_if(entries_, [&](const Entry& entry) { return std::ranges::equal(entry.point, point65); });
  }

  // False when the point has an entry, or every table is worth more than a new one would be.
  bool take_place(BytesView point65) {
    const Lock lock(mutex_);
    if (impossible_ || at(point65) != entries_.end()) return false;
    const std::size_t max = room;
    while (entries_.size() >= max && drop_one()) {
    }
    for (Entry& entry : entries_) {
      if (entry.table != nullptr) entry.uses_then = entry.table->uses();
    }
    if (entries_.size() >= max) return false;
    entries_.push_back({to_bytes(point65), nullptr, 0});
    return true;
  }

  // Drops the table that was used least since the last time, if that is less than what a new one has behind it.
  bool drop_one() {
    const auto least = std::ranges::min_element(entries_, {}, &Entry::uses_since);
    if (least == entries_.end() || least->uses_since() >= point_tables::kUsesBeforeTable) return false;
    entries_.erase(least);
    return true;
  }

  Mutex mutex_;
  std::vector<Entry> entries_;
  bool impossible_ = false;
  std::atomic<bool> empty_ = true;
};

}  // namespace

void set_point_tables_max(std::size_t max) {
  room = max;
}

namespace point_tables {

bool are_wanted() {
  return room.load(std::memory_order_relaxed) != 0;
}

std::shared_ptr<const PointTable> find(BytesView point65) {
  return are_wanted() ? Tables::of_this_process().find(point65) : nullptr;
}

std::shared_ptr<const PointTable> count_use(BytesView point65) {
  if (!are_wanted() || !Counts::of_this_thread().add(point65)) return nullptr;
  return Tables::of_this_process().find_or_make(point65);
}

}  // namespace point_tables
}  // namespace mibun::crypto
