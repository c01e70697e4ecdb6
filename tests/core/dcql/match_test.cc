#include "core/dcql/match.h"

#include <doctest/doctest.h>

#include "core/dcql/authority_key_id.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

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

Query parse(std::string_view text) {
  return must(Query::parse(must(json::parse_object(text))));
}
Query vector(const std::string& name) {
  return parse(read_vector("openid4vp-1.0/query_lang/" + name));
}

std::string texts(const std::vector<ClaimPath>& paths) {
  std::string text;
  for (const ClaimPath& path : paths) text += path.to_string();
  return text;
}

constexpr std::string_view kPid = "https://credentials.example.com/identity_credential";

}  // namespace

TEST_CASE("a card answers with the claims asked for and nothing else") {
  Wallet wallet;
  wallet.add(kPid, R"({"given_name":"A","family_name":"B","address":{"street_address":"C","locality":"D"},"age":1})");
  const auto found = find_candidates(vector("simple.json"), wallet.cards());
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].candidates.size() == 1);
  CHECK(texts(found[0].candidates[0].choices[0].disclosed) ==
        R"(["family_name"]["given_name"]["address","street_address"])");
  CHECK(found[0].obstacle == Obstacle::none);
  const auto selection = must(select_cards(vector("simple.json"), found));
  REQUIRE(selection.size() == 1);
  CHECK(selection[0].card == 0);
}

TEST_CASE("what keeps a card from answering is named") {
  struct Row {
    std::string_view why;
    std::function<void(Card&)> change;
    std::string_view claims;
    Obstacle want;
    std::string_view missing;
  };
  const Query query = parse(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v","w"]},
          "trusted_authorities":[{"type":"etsi_tl","values":["k1"]},{"type":"aki","values":["k0","k1"]}],
          "claims":[{"path":["x"]},{"path":["y"],"values":[1]}]}]})");
  const Row rows[] = {
      {"fine", [](Card&) {}, R"({"x":0,"y":1})", Obstacle::none, ""},
      {"second type", [](Card& c) { c.types = {"w"}; }, R"({"x":0,"y":1})", Obstacle::none, ""},
      {"also known as", [](Card& c) { c.types = {"z", "v"}; }, R"({"x":0,"y":1})", Obstacle::none, ""},
      {"other type", [](Card& c) { c.types = {"z"}; }, R"({"x":0,"y":1})", Obstacle::no_such_card, ""},
      {"other format", [](Card& c) { c.format = "mso_mdoc"; }, R"({"x":0,"y":1})", Obstacle::no_such_card, ""},
      {"old format", [](Card& c) { c.format = "vc+sd-jwt"; }, R"({"x":0,"y":1})", Obstacle::no_such_card, ""},
      {"authority", [](Card& c) { c.authority_key_ids = {"k2"}; }, R"({"x":0,"y":1})", Obstacle::not_trusted_authority,
       ""},
      {"no authority", [](Card& c) { c.authority_key_ids = {}; }, R"({"x":0,"y":1})", Obstacle::not_trusted_authority,
       ""},
      {"no holder key", [](Card& c) { c.holder_bound = false; }, R"({"x":0,"y":1})", Obstacle::not_holder_bound, ""},
      {"claim missing", [](Card&) {}, R"({"y":1})", Obstacle::claims_missing, R"(["x"])"},
      {"other value", [](Card&) {}, R"({"x":0,"y":2})", Obstacle::claims_missing, R"(["y"])"},
      {"both", [](Card&) {}, R"({"y":"1"})", Obstacle::claims_missing, R"(["x"]["y"])"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Wallet wallet;
    wallet.add("v", row.claims);
    wallet.last().authority_key_ids = {"k9", "k1"};
    row.change(wallet.last());
    const auto found = find_candidates(query, wallet.cards());
    CHECK(found[0].candidates.size() == (row.want == Obstacle::none ? 1 : 0));
    CHECK(found[0].obstacle == row.want);
    CHECK(texts(found[0].missing) == row.missing);
    CHECK(code_of(select_cards(query, found)) ==
          (row.want == Obstacle::none ? ErrorCode::internal_error : ErrorCode::dcql_not_satisfied));
  }
}

TEST_CASE("a card without a holder's key answers when no binding is required") {
  Wallet wallet;
  wallet.add("v", R"({"x":0})");
  wallet.last().holder_bound = false;
  const Query query = parse(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"require_cryptographic_holder_binding":false}]})");
  CHECK(find_candidates(query, wallet.cards())[0].candidates.size() == 1);
}

TEST_CASE("no claims asked: the card answers and reveals nothing it could keep back") {
  Wallet wallet;
  wallet.add("v", R"({"x":0})");
  const Query query = parse(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]}}]})");
  const auto found = find_candidates(query, wallet.cards());
  REQUIRE(found[0].candidates.size() == 1);
  REQUIRE(found[0].candidates[0].choices.size() == 1);
  CHECK(found[0].candidates[0].choices[0].disclosed.empty());
}

TEST_CASE("claim sets: the first that can be satisfied is taken, the least revealing one is known") {
  const Query query = vector("claims_alternatives.json");
  struct Row {
    std::string_view claims, first, least;
  };
  static constexpr Row rows[] = {
      {R"({"family_name":1,"postal_code":1,"locality":1,"region":1,"date_of_birth":1})",
       R"(["family_name"]["locality"]["region"]["date_of_birth"])",
       R"(["family_name"]["postal_code"]["date_of_birth"])"},
      {R"({"family_name":1,"postal_code":1,"region":1,"date_of_birth":1})",
       R"(["family_name"]["postal_code"]["date_of_birth"])", R"(["family_name"]["postal_code"]["date_of_birth"])"},
      {R"({"family_name":1,"locality":1,"region":1,"date_of_birth":1})",
       R"(["family_name"]["locality"]["region"]["date_of_birth"])",
       R"(["family_name"]["locality"]["region"]["date_of_birth"])"},
  };
  for (const Row& row : rows) {
    INFO(row.claims);
    Wallet wallet;
    wallet.add(kPid, row.claims);
    const auto found = find_candidates(query, wallet.cards());
    REQUIRE(found[0].candidates.size() == 1);
    const Candidate& candidate = found[0].candidates[0];
    CHECK(texts(candidate.choices[0].disclosed) == row.first);
    CHECK(texts(candidate.choices[candidate.least_revealing()].disclosed) == row.least);
  }
  Wallet wallet;
  wallet.add(kPid, R"({"family_name":1,"locality":1})");
  const auto found = find_candidates(query, wallet.cards());
  CHECK(found[0].obstacle == Obstacle::claims_missing);
  CHECK(found[0].missing.size() == 2);
}

TEST_CASE("of several cards the one that reveals least comes first") {
  Wallet wallet;
  wallet.add("v", R"({"l":["a","b","c"]})")
      .add("v", R"({"l":["a"]})")
      .add("w", R"({"l":[]})")
      .add("v", R"({"l":["b"]})");
  const Query query = parse(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]},"claims":[{"path":["l",null]}]}]})");
  const auto found = find_candidates(query, wallet.cards());
  REQUIRE(found[0].candidates.size() == 3);
  CHECK(found[0].candidates[0].card == 1);
  CHECK(found[0].candidates[1].card == 3);
  CHECK(found[0].candidates[2].card == 0);
}

TEST_CASE("credential sets: the first option that can be answered whole, all required ones or nothing") {
  const Query query = vector("credentials_alternatives.json");
  constexpr std::string_view kNames = R"({"given_name":1,"family_name":1,"address":{"street_address":1}})";
  const auto selected = [&](const Wallet& wallet) -> std::string {
    const auto selection = select_cards(query, find_candidates(query, wallet.cards()));
    if (!selection) return std::string(to_string(selection.error().code));
    std::string ids;
    for (const Selection& one : *selection) ids += query.credentials()[one.credential].id + " ";
    return ids;
  };
  Wallet all, other, reduced, half;
  all.add(kPid, kNames).add("https://othercredentials.example/pid", kNames);
  CHECK(selected(all) == "pid ");
  other.add("https://othercredentials.example/pid", kNames)
      .add("https://company.example/company_rewards", R"({"rewards_number":1})");
  CHECK(selected(other) == "other_pid ");  // what is optional is not given unasked
  reduced.add("https://credentials.example.com/reduced_identity_credential", R"({"family_name":1,"given_name":1})")
      .add("https://cred.example/residence_credential", R"({"postal_code":1,"locality":1,"region":1})");
  CHECK(selected(reduced) == "pid_reduced_cred_1 pid_reduced_cred_2 ");
  half.add("https://credentials.example.com/reduced_identity_credential", R"({"family_name":1,"given_name":1})")
      .add("https://company.example/company_rewards", R"({"rewards_number":1})");
  CHECK(selected(half) == "dcql_not_satisfied");
  CHECK(selected(Wallet{}) == "dcql_not_satisfied");
}

TEST_CASE("a query that only has optional sets gets no empty answer") {
  const Query query = parse(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}],"credential_sets":[{"options":[["a"]],"required":false}]})");
  Wallet wallet;
  wallet.add("v", "{}");
  CHECK(code_of(select_cards(query, find_candidates(query, wallet.cards()))) == ErrorCode::dcql_not_satisfied);
}

TEST_CASE("formats that are not known here") {
  Wallet wallet;
  wallet.add("v", "{}");
  const Query unknown = parse(R"({"credentials":[{"id":"a","format":"jwt_vc_json","meta":{}}]})");
  CHECK(code_of(select_cards(unknown, find_candidates(unknown, wallet.cards()))) == ErrorCode::dcql_unsupported_format);
  const Query mdoc = parse(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{}}]})");
  CHECK(code_of(select_cards(mdoc, find_candidates(mdoc, wallet.cards()))) == ErrorCode::dcql_not_satisfied);
}

TEST_CASE("authority key identifiers are read from the issuer's chain") {
  const TestAuthority authority("issuers");
  const TestSigner issuer(authority, crypto::CertificatePurpose::credential_issuer, "issuer.example");
  const TestSigner other(authority, crypto::CertificatePurpose::credential_issuer, "other.example");
  const auto ids = authority_key_ids(issuer.chain);
  REQUIRE(ids.size() == 1);
  CHECK(ids[0].size() >= 27);  // SHA-1 of the authority's key or longer
  CHECK(ids == authority_key_ids(other.chain));
  const TestAuthority stranger("strangers");
  CHECK(ids !=
        authority_key_ids(TestSigner(stranger, crypto::CertificatePurpose::credential_issuer, "x.example").chain));
  CHECK(authority_key_ids(std::vector<Bytes>{{}, {0x30, 0x00}, to_bytes("rubbish")}).empty());
}
