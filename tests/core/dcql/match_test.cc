#include "core/dcql/match.h"

#include <doctest/doctest.h>

#include "core/dcql/authority_key_id.h"
#include "core/dcql/choose.h"
#include "tests/core/dcql/worlds.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

Query vector(const std::string& name) {
  return parse_query(read_vector("openid4vp-1.0/query_lang/" + name));
}

// What the card at `place` would show with a claim set.
std::string shown(const Query& query, const Wallet& wallet, std::size_t place, std::size_t claim_set) {
  const std::vector<Pick> picks = {{.credential = 0, .card = place, .claim_set = claim_set}};
  return texts(must(check_selection(query, wallet.cards(), picks))[0].choice.disclosed);
}

constexpr std::string_view kPid = "https://credentials.example.com/identity_credential";

}  // namespace

TEST_CASE("a card answers with the claims asked for and nothing else") {
  Wallet wallet;
  wallet.add(kPid, R"({"given_name":"A","family_name":"B","address":{"street_address":"C","locality":"D"},"age":1})");
  const auto found = find_candidates(vector("simple.json"), wallet.cards());
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].candidates.size() == 1);
  CHECK(shown(vector("simple.json"), wallet, 0, 0) == R"(["family_name"]["given_name"]["address","street_address"])");
  CHECK(found[0].candidates[0].revealed == 3);
  CHECK(found[0].obstacle == Obstacle::none);
  const auto selection = must(select_cards(vector("simple.json"), wallet.cards(), found));
  REQUIRE(selection.size() == 1);
  CHECK(selection[0].card == 0);
}

TEST_CASE("what keeps a card from answering is named") {
  struct Row {
    std::string_view why;
    std::function<void(Card&)> change;
    std::string_view claims;
    Obstacle want;
    std::string_view missing, other_value = "";
  };
  const Query query = parse_query(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v","w"]},
          "trusted_authorities":[{"type":"etsi_tl","values":["k1"]},{"type":"aki","values":["k0","k1"]},{"type":"future","values":["k7"]}],
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
      {"other value", [](Card&) {}, R"({"x":0,"y":2})", Obstacle::claims_missing, R"(["y"])", R"(["y"])"},
      {"both", [](Card&) {}, R"({"y":"1"})", Obstacle::claims_missing, R"(["x"]["y"])", R"(["y"])"},
      {"trust list", [](Card& c) { c.authority_key_ids = {}, c.frameworks = {{"etsi_tl", {"k1"}}}; },
       R"({"x":0,"y":1})", Obstacle::none, ""},
      {"other list", [](Card& c) { c.authority_key_ids = {}, c.frameworks = {{"etsi_tl", {"k0"}}}; },
       R"({"x":0,"y":1})", Obstacle::not_trusted_authority, ""},
      {"list's value of another type",
       [](Card& c) { c.authority_key_ids = {}, c.frameworks = {{"openid_federation", {"k1"}}}; }, R"({"x":0,"y":1})",
       Obstacle::not_trusted_authority, ""},
      {"a key identifier is no trust list", [](Card& c) { c.authority_key_ids = {}, c.frameworks = {{"aki", {"k0"}}}; },
       R"({"x":0,"y":1})", Obstacle::not_trusted_authority, ""},
      {"a type nobody knows", [](Card& c) { c.authority_key_ids = {}, c.frameworks = {{"future", {"k7"}}}; },
       R"({"x":0,"y":1})", Obstacle::not_trusted_authority, ""},
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
    CHECK(texts(found[0].other_value) == row.other_value);
    CHECK(code_of(select_cards(query, wallet.cards(), found)) ==
          (row.want == Obstacle::none ? ErrorCode::internal_error : ErrorCode::dcql_not_satisfied));
  }
}

TEST_CASE("a card without a holder's key answers when no binding is required") {
  Wallet wallet;
  wallet.add("v", R"({"x":0})");
  wallet.last().holder_bound = false;
  const Query query = parse_query(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},"require_cryptographic_holder_binding":false}]})");
  CHECK(find_candidates(query, wallet.cards())[0].candidates.size() == 1);
}

TEST_CASE("no claims asked: the card answers and reveals nothing it could keep back") {
  Wallet wallet;
  wallet.add("v", R"({"x":0})");
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]}}]})");
  const auto found = find_candidates(query, wallet.cards());
  REQUIRE(found[0].candidates.size() == 1);
  CHECK(found[0].candidates[0].claim_sets == 1);
  CHECK(found[0].candidates[0].revealed == 0);
  CHECK(shown(query, wallet, 0, 0).empty());
}

TEST_CASE("claim sets: the first that can be satisfied is preferred, the least revealing one can be had") {
  const Query query = vector("claims_alternatives.json");
  struct Row {
    std::string_view claims;
    std::uint64_t claim_sets;
    std::string_view first, least;
  };
  static constexpr Row rows[] = {
      {R"({"family_name":1,"postal_code":1,"locality":1,"region":1,"date_of_birth":1})", 0b11,
       R"(["family_name"]["locality"]["region"]["date_of_birth"])",
       R"(["family_name"]["postal_code"]["date_of_birth"])"},
      {R"({"family_name":1,"postal_code":1,"region":1,"date_of_birth":1})", 0b10,
       R"(["family_name"]["postal_code"]["date_of_birth"])", R"(["family_name"]["postal_code"]["date_of_birth"])"},
      {R"({"family_name":1,"locality":1,"region":1,"date_of_birth":1})", 0b01,
       R"(["family_name"]["locality"]["region"]["date_of_birth"])",
       R"(["family_name"]["locality"]["region"]["date_of_birth"])"},
  };
  for (const Row& row : rows) {
    INFO(row.claims);
    Wallet wallet;
    wallet.add(kPid, row.claims);
    const auto found = find_candidates(query, wallet.cards());
    REQUIRE(found[0].candidates.size() == 1);
    CHECK(found[0].candidates[0].claim_sets == row.claim_sets);
    CHECK(shown(query, wallet, 0, found[0].candidates[0].preferred()) == row.first);
    const auto least =
        must(propose(query, wallet.cards(), found, {.order = Preference::Order::least_revealing, .sensitivity = {}}));
    CHECK(shown(query, wallet, 0, least[0].claim_set) == row.least);
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
  const Query query = parse_query(
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
    const auto selection = select_cards(query, wallet.cards(), find_candidates(query, wallet.cards()));
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
  const Query query = parse_query(
      R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{}}],"credential_sets":[{"options":[["a"]],"required":false}]})");
  Wallet wallet;
  wallet.add("v", "{}");
  CHECK(code_of(select_cards(query, wallet.cards(), find_candidates(query, wallet.cards()))) ==
        ErrorCode::dcql_not_satisfied);
}

TEST_CASE("the closest card says what is missing") {
  Wallet wallet;
  wallet.add("v", R"({"x":0})").add("v", R"({"x":0,"y":1})").add("w", R"({"x":0,"y":1,"z":1})");
  wallet.add("v", R"({"z":1})");
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["v"]},
      "claims":[{"path":["x"]},{"path":["y"]},{"path":["z"]}]}]})");
  const auto found = find_candidates(query, wallet.cards());
  CHECK(found[0].obstacle == Obstacle::claims_missing);
  CHECK(texts(found[0].missing) == R"(["z"])");
}

TEST_CASE("a claim asked for twice is asked for once: the later one is ignored") {
  Wallet wallet;
  wallet.add("v", R"({"x":1,"y":2})");
  const Query query = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},
      "claims":[{"path":["x"],"values":[1]},{"path":["y"]},{"path":["x"],"values":[2]}]}]})");
  const auto found = find_candidates(query, wallet.cards());
  REQUIRE(found[0].candidates.size() == 1);
  CHECK(shown(query, wallet, 0, 0) == R"(["x"]["y"])");
  // In alternatives it is not twice.
  const Query either = parse_query(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{},
      "claims":[{"id":"one","path":["x"],"values":[2]},{"id":"two","path":["x"],"values":[1]}],
      "claim_sets":[["one"],["two"],["one","two"]]}]})");
  CHECK(find_candidates(either, wallet.cards())[0].candidates.at(0).claim_sets == 0b010);
}

TEST_CASE("an mdoc answers by namespace and element") {
  Wallet wallet;
  wallet.add("org.iso.18013.5.1.mDL",
             R"({"org.iso.18013.5.1":{"given_name":"A","birth_date":"1990-01-02","age_over_18":true,"age":3},"n":{}})");
  wallet.last().format = kMdocFormat;
  const auto asked = [](std::string_view claims, std::string_view type = "org.iso.18013.5.1.mDL") {
    return parse_query(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{"doctype_value":")" +
                       std::string(type) + R"("},"claims":[)" + std::string(claims) + "]}]}");
  };
  struct Row {
    std::string_view why, claims, want;
  };
  static constexpr Row rows[] = {
      {"element", R"({"path":["org.iso.18013.5.1","given_name"]})", R"(["org.iso.18013.5.1","given_name"])"},
      {"full-date as text", R"({"path":["org.iso.18013.5.1","birth_date"],"values":["1990-01-02"]})",
       R"(["org.iso.18013.5.1","birth_date"])"},
      {"boolean", R"({"path":["org.iso.18013.5.1","age_over_18"],"values":[true]})",
       R"(["org.iso.18013.5.1","age_over_18"])"},
      {"integer", R"({"path":["org.iso.18013.5.1","age"],"values":[2,3]})", R"(["org.iso.18013.5.1","age"])"},
      {"other value", R"({"path":["org.iso.18013.5.1","age"],"values":["3"]})", ""},
      {"other namespace", R"({"path":["n","given_name"]})", ""},
      {"no namespace", R"({"path":["m","given_name"]})", ""},
      {"another age is not the age asked for", R"({"path":["org.iso.18013.5.1","age_over_16"]})", ""},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const Query query = asked(row.claims);
    const auto found = find_candidates(query, wallet.cards());
    REQUIRE(found[0].candidates.size() == (row.want.empty() ? 0 : 1));
    if (!row.want.empty()) CHECK(shown(query, wallet, 0, 0) == row.want);
  }
  const Query other = asked(rows[0].claims, "org.iso.23220.photoid.1");
  CHECK(find_candidates(other, wallet.cards())[0].obstacle == Obstacle::no_such_card);
  wallet.last().holder_bound = false;
  CHECK(find_candidates(asked(rows[0].claims), wallet.cards())[0].obstacle == Obstacle::not_holder_bound);
}

TEST_CASE("the types of an SD-JWT VC are its vct and what it is also known as") {
  const auto types = [](std::string_view claims) { return sd_jwt_types(must(json::parse_object(claims))); };
  using Types = std::vector<std::string>;
  CHECK(types(R"({"vct":"a","aka_vcts":["b","c"]})") == Types{"a", "b", "c"});
  CHECK(types(R"({"vct":"a"})") == Types{"a"});
  CHECK(types(R"({"vct":1,"aka_vcts":"b"})").empty());
  CHECK(types(R"({"aka_vcts":[1,"b"]})") == Types{"b"});
}

TEST_CASE("formats that are not known here") {
  Wallet wallet;
  wallet.add("v", "{}");
  const Query unknown = parse_query(R"({"credentials":[{"id":"a","format":"jwt_vc_json","meta":{}}]})");
  CHECK(code_of(select_cards(unknown, wallet.cards(), find_candidates(unknown, wallet.cards()))) ==
        ErrorCode::dcql_unsupported_format);
  const Query mdoc = parse_query(R"({"credentials":[{"id":"a","format":"mso_mdoc","meta":{}}]})");
  CHECK(code_of(select_cards(mdoc, wallet.cards(), find_candidates(mdoc, wallet.cards()))) ==
        ErrorCode::dcql_not_satisfied);
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
