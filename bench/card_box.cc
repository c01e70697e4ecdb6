#include "bench/card_box.h"

#include <string>
#include <string_view>
#include <vector>

#include "core/dcql/choose.h"
#include "core/dcql/match.h"
#include "core/dcql/query.h"

namespace mibun::bench {
namespace {

constexpr int kCards = 100;
constexpr std::string_view kQuery = R"({"credentials":[{"id":"pid","format":"dc+sd-jwt",
  "meta":{"vct_values":["urn:example:card:1"]},
  "claims":[{"id":"a","path":["family_name"]},{"id":"b","path":["given_name"]},{"id":"c","path":["birthdate"]},
            {"id":"d","path":["address","locality"]},{"id":"e","path":["nationalities",null],"values":["JP","DE"]}],
  "claim_sets":[["a","b","c","d","e"],["a","b","c"],["a","e"]]}]})";
constexpr std::string_view kClaims = R"({"vct":"urn:example:card:1","family_name":"F","given_name":"G",
  "birthdate":"1990-01-02","address":{"locality":"L","region":"R","country":"JP"},"nationalities":["FR","JP"]})";

Result<dcql::Query> parse_query() {
  MIBUN_TRY(const json::Object object, json::parse_object(kQuery));
  return dcql::Query::parse(object);
}

}  // namespace

struct CardBoxBench::Impl {
  explicit Impl(dcql::Query parsed) : query(std::move(parsed)) {}
  dcql::Query query;
  std::vector<json::Object> claims;
  std::vector<dcql::Card> cards;
};

CardBoxBench::CardBoxBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CardBoxBench::CardBoxBench(CardBoxBench&&) noexcept = default;
CardBoxBench::~CardBoxBench() = default;

Result<CardBoxBench> CardBoxBench::make() {
  MIBUN_TRY(dcql::Query query, parse_query());
  auto impl = std::make_unique<Impl>(std::move(query));
  impl->claims.reserve(kCards);
  for (int i = 0; i < kCards; ++i) {
    MIBUN_TRY(json::Object claims, json::parse_object(kClaims));
    for (int claim = 0; claim < 16; ++claim) claims["claim_name_" + std::to_string(claim)] = claim;
    impl->claims.push_back(std::move(claims));
    dcql::Card card;
    card.types = dcql::sd_jwt_types(impl->claims.back());
    card.holder_bound = true;
    card.claims = &impl->claims.back();
    impl->cards.push_back(std::move(card));
  }
  return CardBoxBench(std::move(impl));
}

Status CardBoxBench::select() {
  const auto candidates = dcql::find_candidates(impl_->query, impl_->cards);
  MIBUN_TRY(const auto selections, dcql::select_cards(impl_->query, impl_->cards, candidates));
  if (selections.size() != 1 || candidates[0].candidates.size() != kCards) {
    return fail(ErrorCode::internal_error, "selections");
  }
  return {};
}

Status CardBoxBench::parse() {
  MIBUN_CHECK(parse_query());
  return {};
}

}  // namespace mibun::bench
