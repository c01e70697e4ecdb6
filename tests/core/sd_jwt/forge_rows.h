#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <span>

#include "tests/core/sd_jwt/fixture.h"

// One thing wrong at a time in a presentation that verifies otherwise.
namespace world {

struct Row {
  const char* why;
  std::function<void(Forge&)> change;
  ErrorCode want;
};

// A forge that verifies: two disclosures, one digest nobody opens.
inline Forge good() {
  Forge forge;
  forge.disclosures = {disclosure({"s1", "given_name", "Hanako"}),
                       disclosure({"s2", "age", json::Object{{"20", true}}})};
  forge.payload["_sd"] = {digest(forge.disclosures[0]), digest(forge.disclosures[1]), digest("decoy")};
  forge.payload["_sd_alg"] = "sha-256";
  return forge;
}

inline void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    INFO(row.why);
    Forge forge = good();
    row.change(forge);
    CHECK(to_string(world::verify_code(forge)) == to_string(row.want));
  }
}

inline void add(Forge& forge, const json::Array& array) {
  forge.disclosures.push_back(disclosure(array));
}
inline void add_sd(Forge& forge, const json::Array& array) {
  add(forge, array);
  forge.payload["_sd"].as_array().emplace_back(digest(forge.disclosures.back()));
}

}  // namespace world
