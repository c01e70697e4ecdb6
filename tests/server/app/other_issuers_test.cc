#include <doctest/doctest.h>

#include "core/sd_jwt/issuer.h"
#include "core/status_list/status_token.h"
#include "tests/server/app/logged_code.h"
#include "tests/server/world/later.h"

// Cards of an issuer that the operator trusts, for the types of its row: presented to a partner like ours, and looked
// up in that issuer's own list of revoked cards.
namespace mibun::server {
namespace {

using crypto::CertificatePurpose;

struct Club {
  TestWorld& w = world();
  TestSigner secretary{w.club, CertificatePurpose::credential_issuer, "club.example"};
  Program desk = partner();
  std::string list_uri = "https://club.example/lists/" + std::to_string(++lists);

  inline static int lists = 0;

  // Registered for memberships and identities.
  static Program partner() {
    TestWorld& w = world();
    static const Program desk = [&] {
      Program made = w.new_program("club-desk");
      json::Object application = w.partner_application(made);
      json::Object membership = application.at("credentials").as_array()[0].as_object();
      membership["vct"] = kMembershipVct;
      application.at("credentials").as_array().push_back(std::move(membership));
      w.send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/partners", json::serialize(application)),
                  201);
      return made;
    }();
    return desk;
  }

  void publish(const TestSigner& signer, std::optional<std::uint64_t> revoked = {}) const {
    auto list = must(status_list::StatusList::make(1, 64));
    if (revoked) must(list.set(*revoked, 1));
    const Instant now = w.clock.now();
    const std::string token = must(status_list::issue_status_list_token(
        list_uri, {.issued_at = now, .expires_at = now + std::chrono::hours(1), .time_to_live = seconds(60)}, list,
        signer.key, signer.chain));
    const std::scoped_lock lock(w.foreign_lists->mutex);
    w.foreign_lists->tokens[list_uri] = token;
  }

  HeldCard issue(std::string_view vct, const std::function<void(json::Object&)>& change = {}) const {
    HeldCard card{.text = {}, .key = std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate())};
    const Instant now = w.clock.now();
    json::Object clear{{"iss", "https://club.example"},
                       {"vct", vct},
                       {"iat", now.unix_seconds()},
                       {"exp", now.unix_seconds() + 86'400},
                       {"status", json::Object{{"status_list", json::Object{{"idx", 7}, {"uri", list_uri}}}}},
                       {"cnf", sd_jwt::confirmation(card.key->public_key())}};
    if (change) change(clear);
    card.text =
        must(sd_jwt::issue({.clear_claims = clear,
                            .disclosable = {{"given_name", "花子"}, {"age_equal_or_over", json::Object{{"20", true}}}},
                            .disclosable_parts = {}},
                           secretary.key, secretary.chain, w.rng));
    return card;
  }

  AskedRequest ask(const std::vector<std::string_view>& vcts) const {
    json::Object query = w.dcql_query({{"given_name"}, {"age_equal_or_over", "20"}});
    query["credentials"].as_array()[0].as_object()["meta"] =
        json::Object{{"vct_values", json::Array(vcts.begin(), vcts.end())}};
    const json::Object body{{"dcql_query", query}, {"mode", "same_device"}};
    const Reply reply =
        w.send_well(w.bound_request(w.token(desk), "POST", "/api/v1/partner/requests", json::serialize(body)), 201);
    return {reply.text("request_id"), reply.text("client_id"), reply.text("session_secret"), {}};
  }
  Reply show(const AskedRequest& asked, const HeldCard& card) const {
    return w.send(w.answer(asked, w.answer_form(w.fetch(asked), card)));
  }
  // "" when it was taken.
  std::string why_not(const std::vector<std::string_view>& vcts, const HeldCard& card) const {
    return show(ask(vcts), card).status() == 200 ? std::string() : last_logged_code();
  }
};

}  // namespace

TEST_CASE("a card of another issuer is taken for the type of its row, and its receipt is good for a deletion") {
  const Club club;
  club.publish(club.secretary);
  const AskedRequest asked = club.ask({kMembershipVct});
  const Reply shown = club.show(asked, club.issue(kMembershipVct));
  REQUIRE(shown.status() == 200);
  const std::string redirect = shown.text("redirect_uri");
  TestWorld& w = club.w;
  const Reply result = w.send_well(
      w.take(club.desk, asked.id, w.claim(asked.session_secret, redirect.substr(redirect.find('=') + 1))), 200);
  CHECK(json::serialize(result.json.at("claims")).find("花子") != std::string::npos);
  const json::Object body{{"receipt", result.text("consent_receipt")},
                          {"secret", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}};
  CHECK(w.send(w.json_request("POST", "/api/v1/deletion-requests", body)).status() == 201);
}

TEST_CASE("V3: an issuer that is trusted for one type issues another to the gateway") {
  const Club club;
  club.publish(club.secretary);
  constexpr std::string_view kIdentity = kIdentityVct;
  constexpr const char* kRefused = "certificate_untrusted_for_type";
  CHECK(club.why_not({kMembershipVct}, club.issue(kMembershipVct)).empty());
  CHECK(club.why_not({kIdentity}, club.issue(kIdentity)) == kRefused);
  CHECK(club.why_not({kIdentity, kMembershipVct}, club.issue(kIdentity)) == kRefused);
  // Under a name that its certificate has, but not the row.
  TestSigner other(club.w.club, CertificatePurpose::credential_issuer, "other.example");
  Club renamed;
  renamed.secretary = std::move(other);
  const auto as_other = [](json::Object& clear) { clear["iss"] = "https://other.example"; };
  CHECK(renamed.why_not({kMembershipVct}, renamed.issue(kMembershipVct, as_other)) == kRefused);
}

TEST_CASE("whether another issuer's card stands says that issuer's list, and no other") {
  const Club club;
  const HeldCard card = club.issue(kMembershipVct);
  CHECK(club.why_not({kMembershipVct}, card) == "status_list_unavailable");
  {
    const Later later(club.w, seconds(10));  // a host that is down is not asked again at once
    // Another's list, below roots that are trusted for something else; then one that speaks of another issuer.
    club.publish(club.w.foreign_provider);
    CHECK(club.why_not({kMembershipVct}, card) == "certificate_untrusted");
  }
  {
    const Later later(club.w, seconds(20));
    club.publish(TestSigner(club.w.club, CertificatePurpose::credential_issuer, "other.example"));
    CHECK(club.why_not({kMembershipVct}, card) == "jwt_issuer_mismatch");
  }
  Club next;
  next.publish(next.secretary, 7);
  CHECK(next.why_not({kMembershipVct}, next.issue(kMembershipVct)) == "status_revoked");
  Club last;
  last.publish(last.secretary, 8);
  CHECK(last.why_not({kMembershipVct}, last.issue(kMembershipVct)).empty());
}

}  // namespace mibun::server
