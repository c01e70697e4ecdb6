#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/dcql/match.h"
#include "tests/support/test_pki.h"

namespace mibun::dcql {

// Cards with their claims.
class Wallet {
 public:
  Wallet& add(std::string_view type, std::string_view claims) {
    claims_.push_back(std::make_unique<json::Object>(must(json::parse_object(claims))));
    cards_.push_back({.types = {std::string(type)}, .holder_bound = true, .claims = claims_.back().get()});
    return *this;
  }
  Card& last() { return cards_.back(); }
  const std::vector<Card>& cards() const { return cards_; }

 private:
  std::vector<std::unique_ptr<json::Object>> claims_;
  std::vector<Card> cards_;
};

inline Query parse_query(std::string_view text) {
  return must(Query::parse(must(json::parse_object(text))));
}

inline std::string texts(const std::vector<ClaimPath>& paths) {
  std::string text;
  for (const ClaimPath& path : paths) text += path.to_string();
  return text;
}

}  // namespace mibun::dcql
