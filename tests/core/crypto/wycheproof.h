#pragma once

#include <boost/json.hpp>
#include <string>

#include "tests/core/crypto/hex.h"
#include "tests/support/vectors.h"

// One test of a Wycheproof file with its group. `valid` and `invalid` are as published.
struct WycheproofTest {
  const boost::json::object& group;
  const boost::json::object& test;

  std::string text(const char* name) const { return std::string(test.at(name).as_string()); }
  mibun::Bytes bytes(const char* name) const { return from_hex(text(name)); }
  mibun::Bytes group_bytes(const char* name) const { return from_hex(group.at(name).as_string()); }
  std::int64_t number(const char* name) const { return test.at(name).as_int64(); }
  std::string result() const { return text("result"); }
  std::string label() const { return "tcId " + std::to_string(number("tcId")) + ": " + text("comment"); }
};

// Calls `work` for each test and returns how many there were.
template <class Work>
int for_each_wycheproof(const std::string& file, Work&& work) {
  const boost::json::value document = boost::json::parse(read_vector("wycheproof/" + file));
  int count = 0;
  for (const auto& group : document.at("testGroups").as_array()) {
    for (const auto& test : group.at("tests").as_array()) {
      work(WycheproofTest{group.as_object(), test.as_object()});
      ++count;
    }
  }
  return count;
}
