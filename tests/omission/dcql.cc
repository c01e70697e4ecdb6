#include "core/dcql/query.h"

#include "core/dcql/choose.h"
#include "core/dcql/match.h"
#include "tests/omission/json_mutator.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

constexpr std::string_view kQuery = R"({
  "credentials": [
    {"id": "identity", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://issuer.example/identity"]},
     "multiple": false, "require_cryptographic_holder_binding": true,
     "trusted_authorities": [{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}],
     "claims": [{"id": "name", "path": ["name"]},
                {"id": "region", "path": ["address", "region"], "values": ["Tokyo"]},
                {"id": "country", "path": ["nationalities", null]},
                {"id": "first", "path": ["nationalities", 0]}],
     "claim_sets": [["name", "region", "country", "first"], ["name"]]},
    {"id": "licence", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
     "claims": [{"path": ["org.iso.18013.5.1", "age_over_20"], "intent_to_retain": false}]}],
  "credential_sets": [{"options": [["identity"], ["licence"]], "required": true}]})";

// A query is a question: changed, it is another one or none. Accepted is what the holder's one card still answers with
// the same claims.
Status answer(const std::string& text, const std::vector<dcql::Card>& cards) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  MIBUN_TRY(const auto query, dcql::Query::parse(object));
  const auto candidates = dcql::find_candidates(query, cards);
  MIBUN_TRY(const auto selections, dcql::select_cards(query, cards, candidates));
  if (selections.size() != 1 || selections[0].choice.disclosed.size() != 4) {
    return fail(ErrorCode::dcql_not_satisfied);
  }
  return {};
}

void query(Trial& trial) {
  const json::Object claims = must(json::parse_object(
      R"({"vct":"https://issuer.example/identity","name":"A","address":{"region":"Tokyo"},"nationalities":["JP","DE"]})"));
  std::vector<dcql::Card> cards(1);
  cards[0].types = {"https://issuer.example/identity"};
  cards[0].holder_bound = true;
  cards[0].authority_key_ids = {"s9tIpPmhxdiuNkHMEWNpYim8S8Y"};
  cards[0].claims = &claims;
  trial.honest(answer(std::string(kQuery), cards));
  mutate_json(must(json::parse(kQuery)), "query",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, answer(text, cards));
              });

  // The card: what the matching relies on.
  const auto with = [&](const char* place, const char* how, const std::function<void(dcql::Card&)>& change) {
    std::vector<dcql::Card> changed = cards;
    change(changed[0]);
    trial.tried(std::string("card/") + place, how, answer(std::string(kQuery), changed));
  };
  const json::Object empty;
  with("format", "other", [](auto& card) { card.format = "mso_mdoc"; });
  with("types", "empty", [](auto& card) { card.types.clear(); });
  with("types", "other", [](auto& card) { card.types = {"https://issuer.example/other"}; });
  with("holder_bound", "boolean", [](auto& card) { card.holder_bound = false; });
  with("authority_key_ids", "empty", [](auto& card) { card.authority_key_ids.clear(); });
  with("claims", "empty", [&](auto& card) { card.claims = &empty; });
  trial.tried("card", "remove", answer(std::string(kQuery), {}));
  mutate_json(json::Value(claims), "claims",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                const auto parsed = json::parse_object(text);
                if (!parsed) return trial.tried(where, how, status_of(parsed));
                std::vector<dcql::Card> changed = cards;
                changed[0].claims = &*parsed;
                trial.tried(where, how, answer(std::string(kQuery), changed));
              });
}

}  // namespace

void add_dcql(Artefacts& artefacts) {
  artefacts.push_back({"dcql/query", query});
}

}  // namespace mibun::omission
