#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/emrtd/active_authentication.h"
#include "tests/wallet/test_device.h"
#include "wallet/deletion.h"
#include "wallet/made_keys.h"
#include "wallet/proofing.h"
#include "wallet/registration.h"
#include "wallet/trust.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

class TestChip final : public Chip {
 public:
  Result<std::map<std::string, Bytes>> files() override {
    ++asked;
    return std::map<std::string, Bytes>{{"EF.DG1", {1, 2}}, {"EF.SOD", {3}}};
  }
  Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) override {
    ++asked;
    signed_challenge = to_bytes(challenge);
    return Bytes(64, 9);
  }
  int asked = 0;
  Bytes signed_challenge;
};

constexpr std::string_view kNonce = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";

std::string challenge_for(const std::string& thumbprint) {
  const Bytes nonce = must(base64url::decode(kNonce)), key = must(base64url::decode(thumbprint));
  return base64url::encode(must(emrtd::make_active_authentication_challenge(nonce, key)));
}

struct ProofingServer {
  std::string challenge;
  std::vector<std::string> uploads;
  std::string case_body = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"in_review"})";
  bool accepts = true;
  int offers_made = 0;

  Result<HttpResponse> handle(const HttpRequest& request) {
    if (request.url.ends_with("/proofing/cases")) {
      return json_response(201, R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","server_nonce":")" + std::string(kNonce) +
                                    R"(","active_authentication_challenge":")" + challenge + R"("})");
    }
    if (request.url.ends_with("/submission")) {
      take_files(must(json::parse_object(request.body)));
      if (accepts) {
        return json_response(202, R"({"state":"in_review","findings":[{"check":"sod_signature","outcome":"passed"}]})");
      }
      return HttpResponse{
          422,
          {{"Content-Type", "application/problem+json"}},
          R"({"code":"evidence_refused","title":"No.","findings":[{"check":"x","outcome":"failed","detail":"d"}]})"};
    }
    if (request.url.ends_with("/offer")) {
      ++offers_made;
      return json_response(
          201,
          R"({"offer":{"credential_offer":"openid-credential-offer://?x=2","credential_offer_by_reference":"openid-credential-offer://?y=2","tx_code":"2222"}})");
    }
    return json_response(200, case_body);
  }

 private:
  void take_files(const json::Object& submission) {
    for (const auto& file : submission.at("files").as_object()) {
      const Bytes content = must(base64url::decode(std::string_view(file.value().as_string())));
      uploads.push_back(std::string(file.key()) + "=" + std::string(as_text(content)));
    }
  }
};

struct Scene {
  Scene() : profile(device.make_profile()) {
    server.challenge = challenge_for(profile.key_thumbprint);
    device.http.answer = TestServer{[this](const HttpRequest& request) { return server.handle(request); }};
  }
  TestDevice device;
  Profile profile;
  ServerApi api{device.host, "https://wallet.example"};
  ProofingServer server;
  TestChip chip;
};

}  // namespace

TEST_CASE("proving: the chip signs the bound challenge and everything is handed in") {
  Scene scene;
  const Proof proof = must(prove(scene.device.host, scene.api, scene.profile, scene.chip));
  CHECK(proof.state == "in_review");
  REQUIRE(proof.findings.size() == 1);
  CHECK(scene.server.uploads == std::vector<std::string>{"EF.DG1=\x01\x02", "EF.SOD=\x03"});
  CHECK(base64url::encode(scene.chip.signed_challenge) == scene.server.challenge);
  CHECK(scene.device.holder.asked == 1);  // once for the whole deed
  CHECK(must(case_state(scene.device.host, scene.api, scene.profile)).state == "in_review");
}

TEST_CASE("a challenge that is not bound to this wallet never reaches the chip") {
  Scene scene;
  const std::string others = challenge_for(std::string("o") + scene.profile.key_thumbprint.substr(1));
  for (const std::string& wrong : {others, std::string("AAAAAAAAAAA"), std::string()}) {
    INFO(wrong);
    scene.server.challenge = wrong;
    CHECK(code_of(prove(scene.device.host, scene.api, scene.profile, scene.chip)) ==
          ErrorCode::webauthn_challenge_mismatch);
    CHECK(scene.chip.asked == 0);
    CHECK(scene.server.uploads.empty());
  }
}

TEST_CASE("refused evidence comes back with what was found") {
  Scene scene;
  scene.server.accepts = false;
  const auto proof = prove(scene.device.host, scene.api, scene.profile, scene.chip);
  CHECK(code_of(proof) == ErrorCode::wallet_server_refused);
  CHECK(proof.error().where == "evidence_refused");
  REQUIRE(scene.api.refusal());
  CHECK(must(read_findings(scene.api.refusal()->document)).at(0).outcome == "failed");
}

TEST_CASE("offers: none before approval, the open one, or a fresh one") {
  Scene scene;
  CHECK(code_of(open_offer(scene.device.host, scene.api, scene.profile)) == ErrorCode::wallet_no_offer);
  (void)must(prove(scene.device.host, scene.api, scene.profile, scene.chip));
  CHECK(code_of(open_offer(scene.device.host, scene.api, scene.profile)) == ErrorCode::wallet_no_offer);
  scene.server.case_body = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"approved",
      "offer":{"credential_offer":"openid-credential-offer://?x=1","credential_offer_by_reference":"openid-credential-offer://?y=1","tx_code":"1111","expires_at":"x"}})";
  CHECK(must(open_offer(scene.device.host, scene.api, scene.profile)).tx_code == "1111");
  CHECK(scene.server.offers_made == 0);
  scene.server.case_body = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"approved"})";
  CHECK(must(open_offer(scene.device.host, scene.api, scene.profile)).tx_code == "2222");
}

TEST_CASE("the device credential's counter is on disk before an assertion leaves") {
  Scene scene;
  std::vector<std::uint32_t> stored;
  scene.device.http.answer = TestServer{[&](const HttpRequest& request) {
    stored.push_back(must(load_profile(scene.device.store)).counter);
    return scene.server.handle(request);
  }};
  (void)scene.api.account_request(scene.profile, "GET", "/api/v1/account", "", "", "test");
  (void)scene.api.account_request(scene.profile, "GET", "/api/v1/account", "", "", "test");
  CHECK(stored == std::vector<std::uint32_t>{1, 2});
  scene.device.store.broken = true;
  CHECK(code_of(scene.api.account_request(scene.profile, "GET", "/api/v1/account", "", "", "test")) ==
        ErrorCode::io_error);
  CHECK(stored.size() == 2);
}

TEST_CASE("the holder is asked again once the proof is old") {
  Scene scene;
  const auto get = [&] { must(scene.api.account_request(scene.profile, "GET", "/api/v1/account", "", "", "t")); };
  get();
  scene.device.clock.advance(seconds(45));
  get();
  CHECK(scene.device.holder.asked == 1);
  scene.device.clock.advance(seconds(1));
  get();
  CHECK(scene.device.holder.asked == 2);
  scene.device.clock.advance(seconds(46));
  scene.device.holder.present = false;
  const std::size_t sent = scene.device.http.sent.size();
  CHECK(code_of(scene.api.account_request(scene.profile, "GET", "/api/v1/account", "", "", "t")) ==
        ErrorCode::wallet_user_verification_failed);
  CHECK(scene.device.http.sent.size() == sent + 1);  // the challenge was fetched, nothing was signed
}

TEST_CASE("a wallet is registered once; the second attempt sends nothing") {
  TestDevice device;
  (void)device.make_profile();
  RegistrationOffer offer;
  offer.origin = "https://wallet.example";
  CHECK(code_of(finish_registration(device.host, offer)) == ErrorCode::wallet_already_registered);
  CHECK(device.http.sent.empty());
}

TEST_CASE("keys of an attempt that failed do not stay") {
  TestDevice device;
  {
    MadeKeys made(device.host);
    (void)must(made.make());
    (void)must(made.make());
    CHECK(device.keys.keys.size() == 2);
  }
  CHECK(device.keys.keys.empty());
  CHECK(device.store.records.empty());
  {
    MadeKeys made(device.host);
    (void)must(made.make());
    made.keep();
  }
  CHECK(device.keys.keys.size() == 1);
  CHECK(device.store.records.empty());
}

TEST_CASE("a profile is read as it was written, and nothing else is one") {
  TestDevice device;
  CHECK(code_of(load_profile(device.store)) == ErrorCode::wallet_not_registered);
  Profile profile = device.make_profile();
  profile.counter = 41;
  must(save_profile(device.store, profile));
  const Profile loaded = must(load_profile(device.store));
  CHECK(loaded.counter == 41);
  CHECK(loaded.credential_id == profile.credential_id);
  CHECK(loaded.device_key == profile.device_key);
  CHECK(loaded.registered_at == profile.registered_at);
  must(device.store.write("profile", "{}"));
  CHECK(code_of(load_profile(device.store)) == ErrorCode::json_missing_member);
}

TEST_CASE("a trust list has all five purposes, and each anchor speaks for its own only") {
  const TestAuthority authority{"root"};
  const std::string list = pem_list(authority);
  const auto with = [&](std::string_view last) {
    return R"({"credential_issuer":)" + list + R"(,"iaca":[],"verifier_access":[],"registrar":[],)" +
           std::string(last) + "}";
  };
  const TrustList trust = must(parse_trust(with(R"("receipt":[])")));
  CHECK(trust.credential_issuers.anchors().size() == 1);
  CHECK(trust.credential_issuers.purpose() == crypto::CertificatePurpose::credential_issuer);
  CHECK(trust.receipts.anchors().empty());
  CHECK(trust.receipts.purpose() == crypto::CertificatePurpose::receipt);
  CHECK(trust.iaca.purpose() == crypto::CertificatePurpose::mdoc_document_signer);
  CHECK(trust.verifier_access.purpose() == crypto::CertificatePurpose::verifier_access);
  CHECK(trust.registrars.purpose() == crypto::CertificatePurpose::registrar);
  CHECK(!parse_trust(with(R"("receipts":[])")));
  CHECK(!parse_trust(with(R"("receipt":["no certificate"])")));
  CHECK(!parse_trust(with(R"("receipt":[7])")));
  CHECK(!parse_trust("[]"));
}

TEST_CASE("rows of trusted issuers: of both formats, and what is none is refused") {
  const TestAuthority authority{"root"};
  const std::string list = pem_list(authority);
  const auto with = [&](std::string rows) {
    for (std::size_t at = rows.find('@'); at != std::string::npos; at = rows.find('@')) rows.replace(at, 1, list);
    return parse_trust(R"({"credential_issuer":[],"iaca":[],"verifier_access":[],"registrar":[],"receipt":[],)"
                       R"("trusted_issuers":)" +
                       rows + "}");
  };
  const TrustList trust = must(with(R"([{"format":"dc+sd-jwt","types":["a","b"],"anchors":@,"iss":["https://x"]},
      {"format":"mso_mdoc","types":["c"],"anchors":@},{"format":"of tomorrow","whatever":1}])"));
  REQUIRE(trust.sd_jwt_issuers.issuers().size() == 1);
  const crypto::TrustedIssuer& issuer = trust.sd_jwt_issuers.issuers().front();
  CHECK(issuer.types == std::vector<std::string>{"a", "b"});
  CHECK(issuer.names == std::vector<std::string>{"https://x"});
  CHECK(issuer.anchors.purpose() == crypto::CertificatePurpose::credential_issuer);
  CHECK(issuer.anchors.anchors().size() == 1);
  REQUIRE(trust.mdoc_issuers.issuers().size() == 1);
  CHECK(trust.mdoc_issuers.issuers().front().types == std::vector<std::string>{"c"});
  CHECK(trust.mdoc_issuers.issuers().front().anchors.purpose() == crypto::CertificatePurpose::mdoc_document_signer);
  CHECK(must(with("[]")).sd_jwt_issuers.issuers().empty());

  struct Row {
    std::string_view rows;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {R"({})", ErrorCode::json_wrong_type},
      {R"([1])", ErrorCode::json_wrong_type},
      {R"([{"types":["a"],"anchors":@}])", ErrorCode::json_missing_member},
      {R"([{"format":"dc+sd-jwt","anchors":@}])", ErrorCode::json_missing_member},
      {R"([{"format":"dc+sd-jwt","types":["a"]}])", ErrorCode::json_missing_member},
      {R"([{"format":"dc+sd-jwt","types":[1],"anchors":@}])", ErrorCode::json_wrong_type},
      {R"([{"format":"mso_mdoc","types":["a"],"anchors":["x"]}])", ErrorCode::pem_malformed},
      {R"([{"format":"dc+sd-jwt","types":["a"],"anchors":@,"iss":[]}])", ErrorCode::json_bad_value},
      {R"([{"format":"dc+sd-jwt","types":["a"],"anchors":@,"ios":["https://x"]}])", ErrorCode::json_unknown_member},
  };
  for (const Row& row : rows) {
    INFO(row.rows);
    CHECK(code_of(with(std::string(row.rows))) == row.want);
  }
}

TEST_CASE("deletion: the receipt is checked before anything is destroyed") {
  struct World {
    TestAuthority authority{"receipts"};
    TestSigner signer{authority, crypto::CertificatePurpose::receipt, "wallet.example"};
  } world;
  const auto erasure = [&](const TestSigner& signer) {
    return must(receipt::sign_erasure_receipt(
        {.issuer = "https://wallet.example",
         .receipt_id = "r",
         .issued_at = kTestNow,
         .account = "hash",
         .classes = {{"accounts", receipt::ErasureOutcome::erased, kTestNow, {}, {}, {}}}},
        signer.key, signer.chain));
  };
  const TestAuthority stranger{"stranger"};
  const TestSigner wrong{stranger, crypto::CertificatePurpose::receipt, "wallet.example"};
  for (const bool genuine : {false, true}) {
    TestDevice device;
    Profile profile = device.make_profile();
    must(device.store.write("trust",
                            R"({"credential_issuer":[],"iaca":[],"verifier_access":[],"registrar":[],"receipt":)" +
                                pem_list(world.authority) + "}"));
    const std::string text = erasure(genuine ? world.signer : wrong);
    device.http.answer = TestServer{[&](const HttpRequest& request) {
      CHECK(request.method == "DELETE");
      return json_response(200, json::serialize(json::Object{{"receipt", text}}));
    }};
    ServerApi api(device.host, profile.origin);
    const auto deletion = delete_account(device.host, api, profile);
    CHECK(device.holder.asked_again == 1);
    if (genuine) {
      CHECK(must(deletion).content.classes.size() == 1);
      CHECK(device.store.records.empty());
      CHECK(device.keys.keys.empty());
    } else {
      CHECK(code_of(deletion) == ErrorCode::receipt_signer_untrusted);
      CHECK(device.store.records.contains("receipt.erasure"));
      CHECK(device.keys.keys.size() == 2);
    }
  }
}
