#include "core/status_list/list_allocator.h"

#include "core/codecs/url.h"

namespace mibun::status_list {

Result<ListAllocator> ListAllocator::make(ListAllocatorOptions options) {
  const bool sizes = options.list_size > 0 && options.lists_open > 0;
  const bool fill = options.fill_percent_max > 0 && options.fill_percent_max <= 100;
  if (!sizes || !fill || !HttpsUrl::parse(options.uri_prefix + "0")) {
    return fail(ErrorCode::invalid_argument, "list_allocator", "no list could be made with these options");
  }
  return ListAllocator(std::move(options));
}

bool ListAllocator::has_room(const IndexAllocator& list, std::uint64_t wanted) const {
  const std::uint64_t used = list.size() - list.unused();
  return list.unused() >= wanted && used * 100 < list.size() * options_.fill_percent_max;
}

IndexAllocator& ListAllocator::list_at(std::uint64_t number) {
  if (number >= next_list_) next_list_ = number + 1;
  return lists_.try_emplace(number, options_.list_size).first->second;
}

Status ListAllocator::mark_used(const StatusSlot& slot) {
  if (slot.index >= options_.list_size) return fail(ErrorCode::status_list_index_out_of_range, "status_list.idx");
  return list_at(slot.list).mark_used(slot.index);
}

// A random one of the open lists with room; new ones are opened until there are enough of them.
std::uint64_t ListAllocator::pick_list(std::uint64_t wanted, Rng& rng) {
  std::vector<std::uint64_t> open;
  for (const auto& [number, list] : lists_) {
    if (open.size() < options_.lists_open && has_room(list, wanted)) open.push_back(number);
  }
  while (open.size() < options_.lists_open) {
    open.push_back(next_list_);
    list_at(next_list_);
  }
  return open[static_cast<std::size_t>(random_below(open.size(), rng))];
}

StatusSlot ListAllocator::take(Rng& rng) {
  const std::uint64_t list = pick_list(1, rng);
  const auto index = list_at(list).take(rng);
  MIBUN_INVARIANT(index.has_value());  // the list had room
  return {list, *index};
}

Result<std::vector<StatusSlot>> ListAllocator::take_batch(std::size_t count, Rng& rng) {
  if (count == 0 || count > options_.list_size / 100) {
    return fail(ErrorCode::invalid_argument, "list_allocator", "a batch is at most a hundredth of a list");
  }
  const std::uint64_t list = pick_list(count, rng);
  std::vector<StatusSlot> slots;
  slots.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    MIBUN_TRY(const std::uint64_t index, list_at(list).take(rng));
    slots.push_back({list, index});
  }
  return slots;
}

std::uint64_t ListAllocator::unused(std::uint64_t list) const {
  const auto found = lists_.find(list);
  return found == lists_.end() ? options_.list_size : found->second.unused();
}

}  // namespace mibun::status_list
