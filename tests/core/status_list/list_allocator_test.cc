#include "core/status_list/list_allocator.h"

#include <doctest/doctest.h>

#include <set>

#include "core/status_list/aggregation.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::status_list;

namespace {

ListAllocatorOptions small() {
  return {.list_size = 1000, .lists_open = 3, .fill_percent_max = 90, .uri_prefix = "https://issuer.example/status/"};
}

}  // namespace

TEST_CASE("no slot is given twice, and lists are opened as they fill") {
  SeededRng rng(1);
  ListAllocator allocator = must(ListAllocator::make(small()));
  std::set<StatusSlot> given;
  for (int i = 0; i < 5000; ++i) {
    const StatusSlot slot = allocator.take(rng);
    CHECK(slot.index < 1000);
    CHECK(given.insert(slot).second);
  }
  CHECK(allocator.lists() >= 6);  // 5000 over lists of 900
  CHECK(allocator.lists() <= 9);  // and never more than three with room
  for (std::uint64_t list = 0; list < allocator.lists(); ++list) CHECK(allocator.unused(list) >= 100);
}

TEST_CASE("slots tell nothing about when they were given") {
  SeededRng rng(2);
  ListAllocator allocator = must(ListAllocator::make(small()));
  std::set<std::uint64_t> lists;
  int rising = 0;
  StatusSlot last = allocator.take(rng);
  for (int i = 0; i < 200; ++i) {
    const StatusSlot slot = allocator.take(rng);
    lists.insert(slot.list);
    rising += slot.index > last.index ? 1 : 0;
    last = slot;
  }
  CHECK(lists.size() == 3);
  CHECK(rising > 60);
  CHECK(rising < 140);
}

TEST_CASE("a batch shares one list and has indexes of its own") {
  SeededRng rng(3);
  ListAllocator allocator = must(ListAllocator::make(small()));
  std::set<StatusSlot> given;
  for (int batch = 0; batch < 300; ++batch) {
    const auto slots = must(allocator.take_batch(10, rng));
    REQUIRE(slots.size() == 10);
    for (const StatusSlot& slot : slots) {
      CHECK(slot.list == slots.front().list);
      CHECK(given.insert(slot).second);
    }
  }
  CHECK(code_of(allocator.take_batch(0, rng)) == ErrorCode::invalid_argument);
  CHECK(code_of(allocator.take_batch(11, rng)) == ErrorCode::invalid_argument);
}

TEST_CASE("after a restart what the store knows is not given again") {
  SeededRng rng(4);
  ListAllocator before = must(ListAllocator::make(small()));
  std::set<StatusSlot> given;
  for (int i = 0; i < 2500; ++i) given.insert(before.take(rng));
  ListAllocator after = must(ListAllocator::make(small()));
  for (const StatusSlot& slot : given) must(after.mark_used(slot));
  for (std::uint64_t list = 0; list < before.lists(); ++list) CHECK(after.unused(list) == before.unused(list));
  for (int i = 0; i < 2500; ++i) CHECK(given.insert(after.take(rng)).second);
  const std::uint64_t lists = after.lists();
  CHECK(code_of(after.mark_used({lists + 7, 1000})) == ErrorCode::status_list_index_out_of_range);
  CHECK(after.lists() == lists);  // and no list was opened for it
}

TEST_CASE("a slot is named by its list's uri") {
  const ListAllocator allocator = must(ListAllocator::make(small()));
  const StatusReference reference = allocator.reference({7, 42});
  CHECK(reference.uri == "https://issuer.example/status/7");
  CHECK(reference.index == 42);
}

TEST_CASE("options that make no list are refused") {
  const auto refused = [](auto change) {
    ListAllocatorOptions options = small();
    change(options);
    return code_of(ListAllocator::make(options)) == ErrorCode::invalid_argument;
  };
  CHECK(refused([](auto& o) { o.list_size = 0; }));
  CHECK(refused([](auto& o) { o.lists_open = 0; }));
  CHECK(refused([](auto& o) { o.fill_percent_max = 0; }));
  CHECK(refused([](auto& o) { o.fill_percent_max = 101; }));
  CHECK(refused([](auto& o) { o.uri_prefix = "http://issuer.example/"; }));
  CHECK(refused([](auto& o) { o.uri_prefix = ""; }));
}

TEST_CASE("an aggregation names lists, each once") {
  const std::vector<std::string> uris = {"https://a.example/1", "https://a.example/2"};
  CHECK(must(parse_aggregation(write_aggregation(uris))) == uris);
  CHECK(must(parse_aggregation(R"({"status_lists":[],"more":1})")).empty());
  struct Row {
    std::string_view why, text;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"no member", "{}", ErrorCode::json_missing_member},
      {"not an array", R"({"status_lists":"https://a.example/1"})", ErrorCode::json_wrong_type},
      {"a number inside", R"({"status_lists":[1]})", ErrorCode::json_wrong_type},
      {"http", R"({"status_lists":["http://a.example/1"]})", ErrorCode::status_list_malformed},
      {"twice", R"({"status_lists":["https://a.example/1","https://a.example/1"]})", ErrorCode::status_list_malformed},
      {"not an object", "[]", ErrorCode::json_wrong_type},
      {"cut", R"({"status_lists":[)", ErrorCode::json_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(code_of(parse_aggregation(row.text))) == to_string(row.want));
  }
  std::vector<std::string> many;
  for (std::size_t i = 0; i < status_list::kAggregationListsMax; ++i) many.push_back("https://a/" + std::to_string(i));
  CHECK(must(parse_aggregation(write_aggregation(many))).size() == many.size());
  many.push_back("https://b/");
  CHECK(code_of(parse_aggregation(write_aggregation(many))) == ErrorCode::status_list_malformed);
}
