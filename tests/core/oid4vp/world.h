#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/wire.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/response.h"
#include "core/oid4vp/wallet_flow.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/verifier.h"
#include "tests/support/test_issuers.h"

// Issuer, registrar, shop, gateway and holder in one process.
namespace mibun::oid4vp {

inline constexpr std::string_view kVct = "https://issuer.example/vct/identity";
inline constexpr std::string_view kDocType = "org.example.identity.1";
inline constexpr std::string_view kNameSpace = "org.example.identity";

inline dcql::ClaimPath path_of(std::string_view json_text) {
  return must(dcql::ClaimPath::parse(must(json::parse(json_text)).as_array()));
}

inline dcql::ClaimPath element_path(std::string_view element) {
  return dcql::ClaimPath({std::string(kNameSpace), std::string(element)});
}

inline json::Object object_of(std::string_view text) {
  return must(json::parse_object(text));
}

inline json::Object shop_query() {
  return object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt",
      "meta":{"vct_values":["https://issuer.example/vct/identity"]},
      "claims":[{"path":["given_name"]},{"path":["family_name"]},{"path":["age_equal_or_over","20"]}]}]})");
}

inline json::Object mdl_query() {
  return object_of(R"({"credentials":[{"id":"mdl","format":"mso_mdoc","meta":{"doctype_value":"org.example.identity.1"},
      "claims":[{"path":["org.example.identity","family_name"]},{"path":["org.example.identity","age_over_20"]}]}]})");
}

// An mdoc as an issuer hands it to a wallet: a name, a date, a boolean.
inline std::string issue_mdoc(const TestSigner& document_signer, const crypto::P256PublicKey& device_key, Rng& rng,
                              const std::function<void(mdoc::IssueRequest&)>& change = {}) {
  mdoc::IssueRequest request{.doc_type = std::string(kDocType),
                             .name_spaces = {{std::string(kNameSpace),
                                              {{"given_name", mdoc::value::text("花子")},
                                               {"family_name", mdoc::value::text("見本")},
                                               {"birth_date", mdoc::value::full_date({1990, 4, 15})},
                                               {"age_over_20", mdoc::value::boolean(true)}}}},
                             .device_key = device_key,
                             .signed_at = kTestNow - std::chrono::hours(1),
                             .valid_from = kTestNow - std::chrono::hours(1),
                             .valid_until = kTestNow + std::chrono::hours(24 * 30),
                             .status = mdoc::NewStatus{7, "https://issuer.example/status/1"}};
  if (change) change(request);
  return mdoc::to_wire(must(mdoc::issue(request, document_signer.key, document_signer.chain, rng)));
}

struct World {
  using Purpose = crypto::CertificatePurpose;
  TestAuthority issuer_authority{"issuers"}, iaca{"iaca"}, access_authority{"access"},
      registrar_authority{"registrars"};
  TestSigner issuer{issuer_authority, Purpose::credential_issuer, "issuer.example"};
  TestSigner document_signer{iaca, Purpose::mdoc_document_signer, "ds.example"};
  TestSigner shop{access_authority, Purpose::verifier_access, "gateway.example"};
  TestSigner registrar{registrar_authority, Purpose::registrar, "registrar.example"};
  crypto::TrustedIssuers issuers = issuers_of(issuer_authority, Purpose::credential_issuer, {std::string(kVct)});
  crypto::TrustedIssuers iacas = issuers_of(iaca, Purpose::mdoc_document_signer, {std::string(kDocType)});
  crypto::TrustAnchors access = access_authority.anchors(Purpose::verifier_access);
  crypto::TrustAnchors registrars = registrar_authority.anchors(Purpose::registrar);
  KnownVerifiers known;
  SeededRng rng{20261123};
  std::string client_id = client_id_of(shop.certificate);
  RequestSigner shop_signer() const {  // as long as this world
    return must(RequestSigner::make({std::shared_ptr<void>(), &shop.key}, shop.chain));
  }

  VerifierTrust trust(const RequestProfile& profile = encrypted_profile()) const {
    return {access, registrars, known, profile};
  }
  Registration registration() const {
    return {.issuer = "https://registrar.example",
            .client_id = client_id,
            .registration_id = "reg-1",
            .issued_at = kTestNow - std::chrono::hours(1),
            .expires_at = kTestNow + std::chrono::hours(24 * 30),
            .organization = {"みほん商店", "Sample Shop"},
            .contact = "privacy@shop.example",
            .purpose = {"年齢確認のため", "To check your age"},
            .retention = {30, {"30日後に消去します", "Erased after 30 days"}},
            .cautions = {"第三者に渡しません", "Never given to others"},
            .credentials = {{std::string(kVct),
                             {path_of(R"(["given_name"])"), path_of(R"(["family_name"])"),
                              path_of(R"(["age_equal_or_over","20"])"), path_of(R"(["nationalities",null])")}},
                            {std::string(kDocType),
                             {element_path("family_name"), element_path("birth_date"), element_path("age_over_20")},
                             std::string(dcql::kMdocFormat)}}};
  }
  VerifiedRegistration verified(const Registration& content) const {
    return must(VerifiedRegistration::verify(must(sign_registration(content, registrar.key, registrar.chain)),
                                             registrars, kTestNow));
  }
};

// A request as the gateway keeps it, and its key.
struct Transaction {
  explicit Transaction(World& world, json::Object dcql_query = shop_query())
      : key(crypto::P256PrivateKey::generate()),
        parameters{.response_uri = "https://gateway.example/oid4vp/response/abc",
                   .nonce = random_token(world.rng),
                   .state = random_token(world.rng),
                   .issued_at = kTestNow,
                   .expires_at = kTestNow + seconds(600),
                   .dcql_query = dcql_query,
                   .encryption_key = jose::Jwk(key.public_key()),
                   .encryption_kid = random_token(world.rng),
                   .wallet_nonce = {},
                   .pairing = {}},
        registration(world.registration()),
        query(must(dcql::Query::parse(dcql_query))) {}

  ExpectedResponse expected(const World& world) const {
    return {.client_id = world.client_id,
            .nonce = parameters.nonce,
            .state = parameters.state,
            .response_uri = parameters.response_uri,
            .encryption_kid = parameters.encryption_kid,
            .decryption_key = key,
            .query = query,
            .registration = registration,
            .check_pairing_code = expect_no_pairing_code};
  }
  std::string request(const World& world) const {
    return must(build_request_object(parameters, world.verified(registration), world.shop_signer()));
  }

  crypto::P256PrivateKey key;
  RequestParameters parameters;
  Registration registration;
  dcql::Query query;
};

// A holder with cards whose keys lie in memory.
class TestCards final : public CardBox {
 public:
  // A card of `issuer` with everything a passport says.
  void add(World& world, std::string_view vct = kVct) { add(world, world.issuer, full_claims(), vct); }
  void add(World& world, const TestSigner& issuer, json::Object disclosable, std::string_view vct = kVct,
           const std::function<void(json::Object&)>& change_clear = {}) {
    const crypto::P256PublicKey key = make_key();
    json::Object clear{{"iss", "https://issuer.example"},
                       {"vct", vct},
                       {"iat", kTestNow.unix_seconds() - 3600},
                       {"exp", kTestNow.unix_seconds() + 86'400 * 30},
                       {"status", object_of(R"({"status_list":{"idx":7,"uri":"https://issuer.example/status/1"}})")}};
    clear["cnf"] = sd_jwt::confirmation(key);
    if (change_clear) change_clear(clear);
    const sd_jwt::IssueRequest request{
        .clear_claims = clear,
        .disclosable = std::move(disclosable),
        .disclosable_parts = {path_of(R"(["age_equal_or_over","20"])"), path_of(R"(["nationalities",null])")},
        .decoys = {.add = 2}};
    const std::string text = must(sd_jwt::issue(request, issuer.key, issuer.chain, world.rng));
    keep(dcql::kSdJwtFormat, text);
  }
  void add_mdoc(World& world, const std::function<void(mdoc::IssueRequest&)>& change = {}) {
    add_mdoc(world, world.document_signer, change);
  }
  void add_mdoc(World& world, const TestSigner& signer, const std::function<void(mdoc::IssueRequest&)>& change) {
    keep(dcql::kMdocFormat, issue_mdoc(signer, make_key(), world.rng, change));
  }
  static json::Object full_claims() {
    return object_of(R"({"given_name":"花子","family_name":"見本","birth_date":"1990-04-15",
        "age_equal_or_over":{"20":true},"nationalities":["JP","DE"],"document_number":"TK1234567"})");
  }

  std::vector<const HeldCard*> cards() const override {
    std::vector<const HeldCard*> result;
    for (const auto& card : cards_) result.push_back(card.get());
    return result;
  }
  Result<std::shared_ptr<const crypto::P256Signer>> signer(const HeldCard& card) const override {
    ++signers_asked;
    if (locked) return fail(ErrorCode::wallet_locked);
    for (const auto& key : keys_) {
      if (key->public_key() == card.holder_key()) return key;
    }
    return fail(ErrorCode::wallet_no_copy_left);
  }
  bool locked = false;
  mutable int signers_asked = 0;

 private:
  crypto::P256PublicKey make_key() {
    keys_.push_back(std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate()));
    return keys_.back()->public_key();
  }
  void keep(std::string_view format, std::string_view text) {
    cards_.push_back(std::make_unique<HeldCard>(must(HeldCard::reopen_stored(format, text))));
  }
  std::vector<std::shared_ptr<crypto::P256PrivateKey>> keys_;
  std::vector<std::unique_ptr<HeldCard>> cards_;
};

inline HttpResponse http(int status, std::string content_type, std::string body) {
  return {status, {{"Content-Type", std::move(content_type)}}, std::move(body)};
}

inline Status all_valid(const status_list::StatusReference&, const crypto::TrustedIssuer&) {
  return {};
}

}  // namespace mibun::oid4vp
