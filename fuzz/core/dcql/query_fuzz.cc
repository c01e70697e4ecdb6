// A query from a stranger against a few cards: what the holder's side selects, the verifier's side accepts.
#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/dcql/answer.h"
#include "core/dcql/match.h"

using namespace mibun;

namespace {

const json::Object& card_claims() {
  static const json::Object claims = *json::parse_object(
      R"({"given_name":"A","family_name":"Doe","address":{"street_address":"S","region":"R"},"postal_code":"90210",
          "nationalities":["JP","DE"],"degrees":[{"type":"B"},{"type":"M"}],"age_equal_or_over":{"20":true}})");
  return claims;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = json::parse_object(as_text({data, size}));
  if (!object) return 0;
  const auto query = dcql::Query::parse(*object);
  if (!query) return 0;
  (void)dcql::requested_paths(*query);
  const std::vector<dcql::Card> cards{{.types = {"https://credentials.example.com/identity_credential", "v"},
                                       .holder_bound = true,
                                       .claims = &card_claims()}};
  const auto selection = dcql::select_cards(*query, dcql::find_candidates(*query, cards));
  if (!selection) return 0;
  dcql::Answer answer;
  for (const dcql::Selection& one : *selection) {
    answer[query->credentials()[one.credential].id].push_back({cards[one.card], one.choice.disclosed});
  }
  // The claims are all there, so nothing can be missing; only what was selected counts as disclosed.
  const auto excess = dcql::check_answer(*query, answer, dcql::ExcessPolicy::report);
  if (!excess) std::abort();
  return 0;
}
