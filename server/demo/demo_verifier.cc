#include "server/demo/demo_verifier.h"

#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/oid4vp/request.h"

namespace mibun::server {
namespace {

constexpr std::string_view kPartnerId = "demo-verifier";

// What any partner's application says; the texts are read by the person in the wallet.
constexpr std::string_view kApplication = R"json({
  "organization": {"name": {"ja": "デモのお店 (mibun)", "en": "Demo shop (mibun)"}, "contact": "demo@mibun.example"},
  "purpose": {"ja": "デモ: 年齢の確認", "en": "demonstration: age check"},
  "retention": {"days": 0, "text": {"ja": "保存しません", "en": "not kept"}},
  "cautions": {"ja": "デモの画面に表示されます", "en": "shown on the page of the demonstration"},
  "credentials": [{"vct": "urn:mibun:identity:1", "claims": [["given_name"], ["age_equal_or_over", "20"]]}]
})json";

constexpr std::string_view kQuery = R"({"credentials": [{"id": "identity", "format": "dc+sd-jwt",
  "meta": {"vct_values": ["urn:mibun:identity:1"]},
  "claims": [{"path": ["given_name"]}, {"path": ["age_equal_or_over", "20"]}]}]})";

}  // namespace

Status DemoVerifier::register_partner() {
  if (partners_.find(kPartnerId)) return {};
  MIBUN_TRY(json::Object body, json::parse_object(kApplication));
  body["partner_id"] = kPartnerId;
  body["redirect_uri"] = public_origin_ + "/demo/verifier";
  // It asks from within this program: nobody signs in as it, and the private half is not kept.
  body["jwk"] = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
  MIBUN_TRY(auto application, PartnerApplication::parse(body));
  MIBUN_CHECK(partners_.add(std::move(application)));
  return {};
}

Result<PresentationService::Created> DemoVerifier::ask(PresentationMode mode) {
  MIBUN_TRY(const json::Object query, json::parse_object(kQuery));
  return presentation_.create(kPartnerId, {.dcql_query = query, .mode = mode});
}

Result<std::string> DemoVerifier::state(const Session& session) {
  return presentation_.state(kPartnerId, session.request_id);
}

Status DemoVerifier::take_from_browser(const Session& session, const json::Object& data) {
  return presentation_.receive_from_page(kPartnerId, session.request_id, session.secret, data);
}

Result<json::Object> DemoVerifier::result(const Session& session, std::optional<std::string> response_code) {
  return presentation_.result(kPartnerId, session.request_id, {session.secret, std::move(response_code)});
}

Result<std::string> DemoVerifier::wallet_link(const Session& session) {
  return presentation_.wallet_link(kPartnerId, session.request_id);
}

Result<std::vector<DeletionRequestService::Request>> DemoVerifier::deletions() {
  return deletion_requests_.list(kPartnerId);
}

Status DemoVerifier::deleted(std::string_view deletion_id) {
  MIBUN_CHECK(deletion_requests_.answer(kPartnerId, deletion_id, DeletionRequestService::Answer::done));
  return {};
}

}  // namespace mibun::server
