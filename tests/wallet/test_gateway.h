#pragma once

#include <functional>
#include <optional>
#include <string>

#include "tests/core/oid4vp/world.h"
#include "tests/wallet/test_device.h"
#include "wallet/cards.h"

namespace mibun::wallet {

// A gateway made of the core's functions, at the other end of the device's network.
struct Gateway {
  explicit Gateway(json::Object query = oid4vp::shop_query()) : transaction(world, std::move(query)) {}

  oid4vp::World world;
  oid4vp::Transaction transaction;
  TestAuthority receipt_authority{"receipts"};
  TestSigner receipt_signer{receipt_authority, crypto::CertificatePurpose::receipt, "gateway.example"};
  std::optional<oid4vp::ReceivedResponse> received;
  std::function<void(receipt::ConsentReceipt&)> change_receipt;
  bool loses_answers = false, gives_receipts = true, takes_answers = true;
  std::string request_override, last_receipt;
  std::optional<std::string> right_code;  // of a page on another device
  bool repeats_receipt = false;
  int answers = 0;
  std::vector<HttpRequest> deletions;  // asked for, and asked about
  std::string deletion_state = "sent";
  bool loses_deletions = false;

  std::string link() const {
    return oid4vp::RequestLink{world.client_id, "https://gateway.example/oid4vp/request/abc",
                               oid4vp::RequestUriMethod::post}
        .to_string();
  }
  std::string trust() const {
    return R"({"credential_issuer":)" + pem_list(world.issuer_authority) + R"(,"iaca":[],"verifier_access":)" +
           pem_list(world.access_authority) + R"(,"registrar":)" + pem_list(world.registrar_authority) +
           R"(,"receipt":)" + pem_list(receipt_authority) + "}";
  }

  Result<HttpResponse> handle(const HttpRequest& request) {
    if (request.url.ends_with("/request/abc")) return give_request(request);
    if (request.url.ends_with("/response/abc")) return take_answer(request);
    if (request.url.find("/oid4vp/receipts/") != std::string::npos && gives_receipts) return give_receipt(request);
    if (request.url.find("/api/v1/deletion-requests") != std::string::npos) return take_deletion(request);
    return json_response(404, "{}");
  }

 private:
  Result<HttpResponse> take_deletion(const HttpRequest& request) {
    deletions.push_back(request);
    if (loses_deletions) return fail(ErrorCode::http_timeout);
    json::Object answer{{"deletion_id", "AAAAAAAAAAAAAAAAAAAAAA"},
                        {"state", deletion_state},
                        {"asked_at", to_jst_string(kTestNow)},
                        {"due_at", to_jst_string(kTestNow + std::chrono::days(30))}};
    if (deletion_state == "done") answer["done_at"] = to_jst_string(kTestNow + std::chrono::days(2));
    return json_response(request.method == "POST" ? 201 : 200, json::serialize(answer));
  }
  Result<HttpResponse> give_request(const HttpRequest& request) {
    const auto fields = must(form::Fields::parse(request.body));
    transaction.parameters.wallet_nonce = std::string(must(fields.get("wallet_nonce")));
    const std::string text = request_override.empty() ? transaction.request(world) : over_asking(request_override);
    return oid4vp::http(200, std::string(oid4vp::kRequestObjectMediaType), text);
  }
  // A request object signed by hand, as a gateway that ignores the registration would.
  std::string over_asking(const std::string& query) {
    oid4vp::Registration wide = transaction.registration;
    wide.credentials[0].claims.push_back(oid4vp::path_of(R"(["document_number"])"));
    auto parameters = transaction.parameters;
    parameters.dcql_query = oid4vp::object_of(query);
    std::string text = must(build_request_object(parameters, world.verified(wide), world.shop_signer()));
    const auto jws = must(jose::Jws::parse(text, {.bytes_max = text.size()}));
    json::Object payload = must(jws.unverified_payload());
    payload.at("verifier_info").as_array().at(0).as_object()["data"] =
        must(sign_registration(transaction.registration, world.registrar.key, world.registrar.chain));
    return must(jose::sign_jws({{"typ", oid4vp::kRequestObjectType}, {"x5c", jose::x5c_member(world.shop.chain)}},
                               payload, world.shop.key));
  }
  Result<HttpResponse> take_coded_answer(const HttpRequest& request) {
    auto expected = transaction.expected(world);
    expected.check_pairing_code = [&](const std::optional<std::string>& code) -> Status {
      if (code == right_code) return {};
      return fail(answers >= 5 ? ErrorCode::pairing_code_locked : ErrorCode::pairing_code_wrong);
    };
    auto taken =
        receive_response(request.body, expected,
                         {.issuers = world.issuers, .iaca = world.iacas, .check_status = oid4vp::all_valid}, kTestNow);
    if (!taken) return json_response(400, oid4vp::response_uri_error(taken.error().code).to_json());
    received = std::move(*taken);
    return json_response(200, oid4vp::response_accepted_json(std::nullopt));
  }
  Result<HttpResponse> take_answer(const HttpRequest& request) {
    ++answers;
    if (right_code) return take_coded_answer(request);
    received = must(receive_response(request.body, transaction.expected(world),
                                     {.issuers = world.issuers, .iaca = world.iacas, .check_status = oid4vp::all_valid},
                                     kTestNow));
    if (loses_answers) return fail(ErrorCode::http_timeout);
    if (!takes_answers) return json_response(400, R"({"error":"invalid_request"})");
    return json_response(200, oid4vp::response_accepted_json("https://shop.example/done#response_code=123"));
  }
  Result<HttpResponse> give_receipt(const HttpRequest& request) {
    const auto& answer = std::get<oid4vp::VerifiedResponse>(*received);
    if (!request.url.ends_with("/" + oid4vp::consent_hash(*answer.consent))) return json_response(404, "{}");
    receipt::ConsentReceipt content{.issuer = "https://gateway.example",
                                    .receipt_id = "r1",
                                    .issued_at = kTestNow,
                                    .client_id = world.client_id,
                                    .organization_ja = "みほん商店",
                                    .organization_en = "Sample Shop",
                                    .consent = *answer.consent,
                                    .presentations = {},
                                    .verified_at = kTestNow};
    for (const auto& one : answer.evidence) {
      content.presentations.push_back({one.credential_id, one.issuer_jwt, one.kb_jwt, one.presentation_sha256});
    }
    if (change_receipt) change_receipt(content);
    if (!repeats_receipt) last_receipt = must(sign_consent_receipt(content, receipt_signer.key, receipt_signer.chain));
    return HttpResponse{200, {{"Content-Type", "application/jwt"}}, last_receipt};
  }
};

// Copies of a card of the world's issuer, each with a key of the device's. `id`: each card's own; `expires_at`: as the
// wallet lists it.
inline void give_card(TestDevice& device, Gateway& gateway, int copies, const json::Object& claims,
                      std::string id = "c1", std::optional<Instant> expires_at = {}) {
  std::vector<NewCopy> made;
  for (int i = 0; i < copies; ++i) {
    const KeyId key = must(device.keys.make_key());
    json::Object clear{{"iss", "https://issuer.example"},
                       {"vct", oid4vp::kVct},
                       {"exp", kTestNow.unix_seconds() + 86'400},
                       {"cnf", sd_jwt::confirmation(must(device.keys.signer(key))->public_key())}};
    const sd_jwt::IssueRequest request{.clear_claims = clear,
                                       .disclosable = claims,
                                       .disclosable_parts = {oid4vp::path_of(R"(["age_equal_or_over","20"])")}};
    made.push_back(
        {must(sd_jwt::issue(request, gateway.world.issuer.key, gateway.world.issuer.chain, device.rng)), key});
  }
  Card card{
      .id = std::move(id), .type = std::string(oid4vp::kVct), .issuer = "https://issuer.example", .name_en = "ID"};
  card.received_at = kTestNow;
  card.expires_at = expires_at;
  must(CardStore(device.store, device.keys).add(card, made));
}

}  // namespace mibun::wallet
