#include "core/codecs/url.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/verifier_attestation.h"
#include "tests/core/oid4vp/world.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"

// The other ways in which a request comes, and an answer with an mdoc.
namespace mibun::omission {
namespace {

using namespace oid4vp;

constexpr std::string_view kPage = "https://shop.example";

struct Shop {
  explicit Shop(json::Object query = shop_query()) : transaction(world, std::move(query)) {
    transaction.registration.origins = {std::string(kPage)};
  }

  DcApiRequest for_page() const {
    return must(build_dc_api_request({.origin = std::string(kPage),
                                      .nonce = transaction.parameters.nonce,
                                      .issued_at = kTestNow,
                                      .expires_at = kTestNow + seconds(600),
                                      .dcql_query = transaction.parameters.dcql_query,
                                      .encryption_key = jose::Jwk(transaction.key.public_key()),
                                      .encryption_kid = transaction.parameters.encryption_kid},
                                     world.verified(transaction.registration), world.shop_signer()));
  }
  // What was understood must be what was meant.
  Status same(const Result<VerifiedRequest>& request) const {
    if (!request) return std::unexpected(request.error());
    const bool meant = request->nonce() == transaction.parameters.nonce &&
                       request->registration().registration_id == transaction.registration.registration_id;
    return meant ? Status{} : fail(ErrorCode::oid4vp_invalid_request);
  }
  Status read_page(std::string_view protocol, const json::Object& data, std::string_view origin = kPage) const {
    return same(
        VerifiedRequest::verify_dc_api({std::string(protocol), data, std::string(origin)}, world.trust(), kTestNow));
  }

  World world;
  Transaction transaction;
};

// Each parameter of a form taken away, or with another value; their order says nothing.
void mutate_fields(Trial& trial, const std::string& place, std::string_view form, const VerifyText& verify) {
  json::Object object;
  for (const auto& [name, value] : must(form::Fields::parse(form)).all()) object[name] = value;
  mutate_json(object, place, [&](const std::string& where, std::string_view how, const std::string& text) {
    const auto changed = json::parse_object(text);
    if (!changed) return trial.tried(where, how, std::unexpected(changed.error()));
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& member : *changed) {
      const json::Value& value = member.value();
      fields.emplace_back(member.key(), value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    }
    trial.tried(where, how, verify(form::encode(fields)));
  });
}

void request_of_page(Trial& trial) {
  const Shop shop;
  const std::string text(shop.for_page().signed_data.at("request").as_string());
  const auto verify = [&](const std::string& jws) {
    return shop.read_page(kDcApiSigned, json::Object{{"request", jws}});
  };
  trial.honest(verify(text));
  mutate_jwt(trial, "", text, shop.world.shop.key, verify);
  trial.tried("policy/origin", "empty", shop.read_page(kDcApiSigned, {{"request", text}}, ""));
  trial.tried("policy/origin", "other", shop.read_page(kDcApiSigned, {{"request", text}}, "https://evil.example"));
}

void request_of_page_unsigned(Trial& trial) {
  const Shop shop;
  const json::Object data = shop.for_page().unsigned_data;
  trial.honest(shop.read_page(kDcApiUnsigned, data));
  mutate_json(data, "payload", [&](const std::string& where, std::string_view how, const std::string& text) {
    const auto object = json::parse_object(text);
    trial.tried(where, how, object ? shop.read_page(kDcApiUnsigned, *object) : Status(std::unexpected(object.error())));
  });
  trial.tried("policy/origin", "empty", shop.read_page(kDcApiUnsigned, data, ""));
  trial.tried("policy/origin", "other", shop.read_page(kDcApiUnsigned, data, "https://evil.example"));
}

// A request in its link, of the prefix redirect_uri, for the shop's page.
void request_unsigned(Trial& trial) {
  Shop shop;
  const std::string client_id = "redirect_uri:" + std::string(kPage) + "/answers";
  json::Object parameters = shop.for_page().unsigned_data;
  parameters["response_mode"] = "direct_post.jwt";
  parameters["client_id"] = client_id;
  const auto verify = [&](const json::Object& changed) -> Status {
    const auto request = VerifiedRequest::verify_unsigned(changed, "", shop.world.trust(), kTestNow);
    if (request && request->client_id() != client_id) return fail(ErrorCode::oid4vp_client_id_mismatch);
    return shop.same(request);
  };
  trial.honest(verify(parameters));
  mutate_json(parameters, "payload", [&](const std::string& where, std::string_view how, const std::string& text) {
    const auto object = json::parse_object(text);
    trial.tried(where, how, object ? verify(*object) : Status(std::unexpected(object.error())));
  });
}

void request_by_value(Trial& trial) {
  const Shop shop;
  const std::string object = shop.transaction.request(shop.world);
  const std::string link = RequestLink{shop.world.client_id, {}, {}, object}.to_string();
  const auto verify = [&](const std::string& text) -> Status {
    MIBUN_TRY(const RequestLink read, RequestLink::parse(text));
    return shop.same(VerifiedRequest::verify(read.request, {read.client_id, {}, shop.world.trust()}, kTestNow));
  };
  trial.honest(verify(link));
  mutate_fields(trial, "link", link.substr(link.find('?') + 1),
                [&](const std::string& fields) { return verify("openid4vp://?" + fields); });
}

void verifier_attestation(Trial& trial) {
  const World world;
  const auto key = crypto::P256PrivateKey::generate();
  const std::string text = must(sign_verifier_attestation({.issuer = "https://registrar.example",
                                                           .subject = "verifier.example",
                                                           .issued_at = kTestNow,
                                                           .expires_at = kTestNow + seconds(600),
                                                           .key = jose::Jwk(key.public_key()),
                                                           .redirect_uris = {}},
                                                          world.registrar.key, world.registrar.chain));
  const auto verify_with = [&](std::string_view jwt, std::string_view subject, const crypto::TrustAnchors& registrars,
                               Instant now) -> Status {
    MIBUN_TRY(const auto verified, VerifiedAttestation::verify(jwt, subject, registrars, now));
    return verified.key().key() == crypto::PublicKey(key.public_key()) ? Status{} : fail(ErrorCode::jwk_malformed);
  };
  const auto verify = [&](const std::string& jwt) {
    return verify_with(jwt, "verifier.example", world.registrars, kTestNow);
  };
  trial.honest(verify(text));
  mutate_jwt(trial, "", text, world.registrar.key, verify);
  trial.tried("policy/subject", "empty", verify_with(text, "", world.registrars, kTestNow));
  trial.tried("policy/subject", "other", verify_with(text, "other.example", world.registrars, kTestNow));
  trial.tried("policy/registrars", "empty",
              verify_with(text, "verifier.example", no_anchors(crypto::CertificatePurpose::registrar), kTestNow));
  trial.tried("policy/registrars", "other", verify_with(text, "verifier.example", world.access, kTestNow));
  trial.tried("policy/now", "after", verify_with(text, "verifier.example", world.registrars, kTestNow + seconds(661)));
}

// An answer in the clear with an mdoc: everything of it is in sight of whoever changes it.
void mdoc_response(Trial& trial) {
  Shop shop(mdl_query());
  TestCards cards;
  cards.add_mdoc(shop.world);
  RequestParameters& parameters = shop.transaction.parameters;
  parameters.mode = ResponseMode::direct_post;
  PresentationFlow flow(cards, shop.world.trust(openid4vp_profile()), shop.world.rng);
  const std::string link = RequestLink{shop.world.client_id, {}, {}, shop.transaction.request(shop.world)}.to_string();
  static_cast<void>(must(flow.advance(Started{link}, kTestNow)));
  const auto sent = std::get<SendRequest>(must(flow.advance(Agreed{"ja", std::nullopt}, kTestNow))).request;
  ExpectedResponse expected = shop.transaction.expected(shop.world);
  expected.mode = ResponseMode::direct_post;
  const auto receive = [&](const std::string& form, const ExpectedResponse& wanted, Instant now) -> Status {
    const ResponsePolicy policy{.issuers = shop.world.issuers, .iaca = shop.world.iacas, .check_status = all_valid};
    MIBUN_TRY(const auto received, receive_response(form, wanted, policy, now));
    return std::holds_alternative<VerifiedResponse>(received) ? Status{} : fail(ErrorCode::oid4vp_response_malformed);
  };
  trial.honest(receive(sent.body, expected, kTestNow));
  const auto with = [&](const std::string& form) { return receive(form, expected, kTestNow); };
  mutate_fields(trial, "form", sent.body, with);
  for (const char* name : {"vp_token", "consent_proofs"}) {
    const auto fields = must(form::Fields::parse(sent.body));
    const json::Value value = must(json::parse(must(fields.get(name))));
    mutate_json(value, name, [&](const std::string& where, std::string_view how, const std::string& text) {
      std::vector<std::pair<std::string, std::string>> changed;
      for (const auto& [key, one] : fields.all()) changed.emplace_back(key, key == name ? text : one);
      trial.tried(where, how, with(form::encode(changed)));
    });
  }
  const auto tried = [&](const char* place, const char* how, const std::function<void(ExpectedResponse&)>& change) {
    ExpectedResponse changed = shop.transaction.expected(shop.world);
    changed.mode = ResponseMode::direct_post;
    change(changed);
    trial.tried(std::string("policy/") + place, how, receive(sent.body, changed, kTestNow));
  };
  tried("client_id", "empty", [](auto& e) { e.client_id.clear(); });
  tried("nonce", "empty", [](auto& e) { e.nonce.clear(); });
  tried("nonce", "other", [](auto& e) { e.nonce += "x"; });
  tried("response_uri", "empty", [](auto& e) { e.response_uri.clear(); });
  tried("response_uri", "other", [](auto& e) { e.response_uri += "x"; });
  tried("state", "other", [](auto& e) { e.state += "x"; });
  tried("mode", "other", [](auto& e) { e.mode = ResponseMode::direct_post_jwt; });
}

}  // namespace

void add_oid4vp_kinds(Artefacts& artefacts) {
  artefacts.push_back({"oid4vp/request_of_page", request_of_page});
  artefacts.push_back({"oid4vp/request_of_page_unsigned", request_of_page_unsigned});
  artefacts.push_back({"oid4vp/request_unsigned", request_unsigned});
  artefacts.push_back({"oid4vp/request_by_value", request_by_value});
  artefacts.push_back({"oid4vp/verifier_attestation", verifier_attestation});
  artefacts.push_back({"oid4vp/mdoc_response", mdoc_response});
}

}  // namespace mibun::omission
