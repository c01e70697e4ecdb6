// A query from a stranger against a few cards: what the holder's side selects, the verifier's side accepts.
#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/dcql/answer.h"
#include "core/dcql/choose.h"

using namespace mibun;

namespace {

const json::Object& card_claims() {
  static const json::Object claims = *json::parse_object(
      R"({"given_name":"A","family_name":"Doe","address":{"street_address":"S","region":"R"},"postal_code":"90210",
          "nationalities":["JP","DE"],"degrees":[{"type":"B"},{"type":"M"}],"age_equal_or_over":{"20":true}})");
  return claims;
}

const json::Object& mdoc_claims() {
  static const json::Object claims = *json::parse_object(
      R"({"org.iso.18013.5.1":{"given_name":"A","family_name":"Doe","portrait":"P","age_over_18":true,"first_name":"F"},
          "org.iso.7367.1":{"vehicle_holder":"H"}})");
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
                                       .claims = &card_claims()},
                                      {.format = std::string(dcql::kMdocFormat),
                                       .types = {"org.iso.18013.5.1.mDL", "org.iso.7367.1.mVRC"},
                                       .holder_bound = true,
                                       .claims = &mdoc_claims()}};
  const auto found = dcql::find_candidates(*query, cards);
  (void)dcql::offered_sets(*query, found);
  const auto least =
      dcql::propose(*query, cards, found, {.order = dcql::Preference::Order::least_revealing, .sensitivity = {}});
  const auto preferred = dcql::propose(*query, cards, found);
  // Both orders find an answer, or none does; what is proposed may be sent.
  if (least.has_value() != preferred.has_value()) std::abort();
  if (!least || least->empty()) return 0;
  if (!dcql::check_selection(*query, cards, *least)) std::abort();
  const auto selection = dcql::check_selection(*query, cards, *preferred);
  if (!selection) std::abort();
  dcql::Answer answer;
  for (const dcql::Selection& one : *selection) {
    answer[query->credentials()[one.credential].id].push_back(
        {.card = cards[one.card], .disclosed = one.choice.disclosed, .credential = "one of each"});
  }
  // The claims are all there, so nothing can be missing; only what was selected counts as disclosed.
  const auto excess = dcql::check_answer(*query, answer, dcql::ExcessPolicy::report);
  if (!excess) std::abort();
  return 0;
}
