#include <doctest/doctest.h>

#include "tests/server/app/club.h"
#include "tests/server/world/later.h"

// Cards of an issuer that the operator trusts, for the types of its row: presented to a partner like ours, and looked
// up in that issuer's own list of revoked cards.
namespace mibun::server {

using crypto::CertificatePurpose;

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

TEST_CASE("A22: what nobody vouched for is not looked up: no address that it names is asked") {
  const Club club;
  club.publish(club.secretary);
  const auto fetched_for = [&](const HeldCard& card, std::string_view vct = kMembershipVct) {
    const auto count = [&] {
      const std::scoped_lock lock(club.w.foreign_lists->mutex);
      return club.w.foreign_lists->fetched;
    };
    const std::size_t before = count();
    CHECK(!club.why_not({vct}, card).empty());
    return count() - before;
  };
  const auto at_own_list = [](json::Object& clear) {
    clear["status"].as_object()["status_list"].as_object()["uri"] = "https://internal.example/lists/1";
  };
  // Another's signature under the club's words; a signer whom nobody knows; one who is believed for another type.
  HeldCard changed = club.issue(kMembershipVct, at_own_list);
  const std::size_t signature = changed.text.find('~') - 3;
  changed.text[signature] = changed.text[signature] == 'A' ? 'B' : 'A';
  CHECK(fetched_for(changed) == 0);
  Club strangers;
  const TestAuthority nobody("nobody");
  strangers.secretary = TestSigner(nobody, CertificatePurpose::credential_issuer, "club.example");
  CHECK(fetched_for(strangers.issue(kMembershipVct, at_own_list)) == 0);
  CHECK(fetched_for(club.issue(kIdentityVct, at_own_list), kIdentityVct) == 0);
  // What is right in all of this is looked up, wherever its issuer says.
  CHECK(fetched_for(club.issue(kMembershipVct, at_own_list)) == 1);
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
