#include "server/moving/routes.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

using http::PathParameters;
using http::ServerRequest;
using http::ServerResponse;
using Answer = Result<ServerResponse>;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kBodyBytesMax = kLuggageBytesMax + 4096;

// 32 bytes in base64url: a proof, a token, a hash.
Result<Bytes> secret(json::ObjectReader& reader, std::string_view name) {
  const auto text = reader.string(name);
  auto bytes = text ? base64url::decode(*text) : Result<Bytes>(fail(ErrorCode::request_malformed));
  if (!bytes || bytes->size() != kSecretBytes) {
    return malformed("body." + std::string(name), "32 bytes in base64url");
  }
  return bytes;
}

// A name is shown to a person: no controls in it.
bool is_name(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return text.size() <= kUnitNameBytesMax && std::ranges::none_of(text, is_control);
}

bool is_compact_jwe(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return std::ranges::count(text, '.') == 4 && std::ranges::all_of(text, is_allowed);
}

json::Object jwk_of(BytesView point) {
  const auto key = crypto::P256PublicKey::from_point(point);
  MIBUN_INVARIANT(key.has_value());
  return jose::Jwk(*key).to_json();
}

ServerResponse no_content() {
  ServerResponse response;
  response.status = 204;
  return response;
}

// Both or neither: wallets that show no code send none.
Result<std::optional<MovingService::Commitment>> read_commitment(json::ObjectReader& reader) {
  const bool there = reader.optional_any("commitment") != nullptr || reader.optional_any("commitment_tag") != nullptr;
  if (!there) return std::optional<MovingService::Commitment>();
  MovingService::Commitment commitment;
  MIBUN_TRY(commitment.bytes, secret(reader, "commitment"));
  MIBUN_TRY(commitment.tag, secret(reader, "commitment_tag"));
  return std::optional(std::move(commitment));
}

Answer begin(MovingService& service, const Account& account, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const Bytes proof_sha256, secret(reader, "proof_sha256"));
  MIBUN_TRY(const Bytes watch_sha256, secret(reader, "watch_sha256"));
  MIBUN_TRY(const auto commitment, read_commitment(reader));
  if (!reader.finish()) return malformed("body", "as the description of the API says");
  MIBUN_TRY(const auto begun, service.begin(account, proof_sha256, watch_sha256, commitment));
  return json_answer(
      json::serialize(json::Object{{"move_id", begun.move_id}, {"expires_at", to_jst_string(begun.expires)}}), 201);
}

Answer find_by_proof(MovingService& service, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const Bytes proof, secret(reader, "proof"));
  if (!reader.finish()) return malformed("body", "the member is proof");
  MIBUN_TRY(const auto found, service.find_by_proof(proof));
  return json_answer(json::serialize(json::Object{{"move_id", found.move_id},
                                                  {"commitment", base64url::encode(found.commitment.bytes)},
                                                  {"commitment_tag", base64url::encode(found.commitment.tag)}}));
}

Result<crypto::P256PublicKey> read_seal_key(json::ObjectReader& reader) {
  const auto object = reader.object("seal_key");
  if (!object) return malformed("body.seal_key", "a public key");
  const auto jwk = jose::Jwk::parse(**object);
  if (!jwk) return malformed("body.seal_key", "a public key");
  auto key = jwk->p256();
  if (!key) return malformed("body.seal_key", "a key on P-256");
  return key;
}

Answer join(MovingService& service, const std::string& move_id, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(Bytes proof, secret(reader, "proof"));
  MIBUN_TRY(Bytes watch_sha256, secret(reader, "watch_sha256"));
  MIBUN_TRY(Bytes tag, secret(reader, "tag"));
  MIBUN_TRY(crypto::P256PublicKey seal_key, read_seal_key(reader));
  const auto registration_id = reader.string("registration_id");
  const auto terms_version = reader.string("terms_version");
  const auto name = reader.string("name");
  const auto credential = reader.object("credential");
  if (!registration_id || !terms_version || !name || !is_name(*name) || !credential || !reader.finish()) {
    return malformed("body", "as the description of the API says");
  }
  MIBUN_TRY(auto response, webauthn::RegistrationResponse::parse(**credential));
  MIBUN_TRY(const Instant expires, service.join(move_id, {.proof = std::move(proof),
                                                          .registration_id = std::string(*registration_id),
                                                          .terms_version = std::string(*terms_version),
                                                          .credential = std::move(response),
                                                          .watch_sha256 = std::move(watch_sha256),
                                                          .tag = std::move(tag),
                                                          .seal_key = std::move(seal_key),
                                                          .name = std::string(*name)}));
  return json_answer(json::serialize(json::Object{{"expires_at", to_jst_string(expires)}}), 201);
}

json::Object unit_json(const MovingService::View& view) {
  return {{"key", jwk_of(view.unit->public_key)},
          {"seal_key", jwk_of(view.unit->seal_key)},
          {"tag", base64url::encode(view.unit->tag)},
          {"name", view.unit_name},
          {"joined_at", to_jst_string(view.unit->joined_at)}};
}

Answer look(MovingService& service, const std::string& move_id, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const Bytes watch, secret(reader, "watch"));
  if (!reader.finish()) return malformed("body", "the member is watch");
  MIBUN_TRY(const auto view, service.look(move_id, watch));
  json::Object answer{{"state", view.state}, {"expires_at", to_jst_string(view.expires)}};
  if (view.unit) answer["unit"] = unit_json(view);
  if (!view.for_old) answer["old_key"] = jwk_of(view.old_key);
  if (!view.nonce.empty()) answer["nonce"] = base64url::encode(view.nonce);
  if (!view.luggage.empty()) answer["luggage"] = view.luggage;
  return json_answer(json::serialize(answer));
}

Answer open(MovingService& service, const std::string& move_id, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const Bytes watch, secret(reader, "watch"));
  MIBUN_TRY(const Bytes nonce, secret(reader, "nonce"));
  if (!reader.finish()) return malformed("body", "watch and nonce");
  MIBUN_CHECK(service.open(move_id, watch, nonce));
  return no_content();
}

Answer cancel(MovingService& service, const std::string& move_id, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const Bytes watch, secret(reader, "watch"));
  if (!reader.finish()) return malformed("body", "the member is watch");
  MIBUN_CHECK(service.cancel(move_id, watch));
  return no_content();
}

Answer confirm(MovingService& service, const Account& account, const std::string& move_id,
               const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = kBodyBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto unit_key = reader.string("unit_key");
  const auto luggage = reader.optional_string("luggage");
  if (!unit_key || !luggage || !reader.finish()) return malformed("body", "unit_key and luggage");
  const std::string_view packed = luggage->value_or("");
  if (luggage->has_value() && (packed.size() > kLuggageBytesMax || !is_compact_jwe(packed))) {
    return malformed("body.luggage", "a compact JWE");
  }
  MIBUN_TRY(const Instant moved_at, service.confirm(account, move_id, *unit_key, packed));
  return json_answer(json::serialize(json::Object{{"moved_at", to_jst_string(moved_at)}}));
}

Answer complete(MovingService& service, const Account& account, const std::string& move_id,
                const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  if (!body.empty()) return malformed("body", "an empty object");
  MIBUN_TRY(const auto completed, service.complete(account, move_id));
  json::Object answer{{"account_id", completed.account_id}, {"revocation_code", completed.revocation_code}};
  if (completed.case_id) answer["case_id"] = *completed.case_id;
  return json_answer(json::serialize(answer));
}

// For each side with its own token, or with the proof that it read the link.
using ByToken = Answer (*)(MovingService&, const std::string&, const ServerRequest&);
// For the account's own device.
using ByDevice = Answer (*)(MovingService&, const Account&, const std::string&, const ServerRequest&);

}  // namespace

void add_moving_routes(http::Router& router, MovingService& service, AssertionGate& gate) {
  const auto add = [&](std::string pattern, http::RouteHandler handler, std::size_t bytes_max) {
    http::Route route{.method = "POST",
                      .pattern = std::move(pattern),
                      .handler = std::move(handler),
                      .body_type = "application/json",
                      .cors = true};
    if (bytes_max > 0) route.body_bytes_max = bytes_max;
    router.add(std::move(route));
  };
  const auto by_token = [&](std::string pattern, ByToken answer) {
    add(std::move(pattern),
        answer_or_refuse([&service, answer](const ServerRequest& request, const PathParameters& parameters) {
          return answer(service, parameters.find("id")->second, request);
        }),
        0);
  };
  const auto by_device = [&](std::string pattern, ByDevice answer, std::size_t bytes_max) {
    add(std::move(pattern),
        answer_or_refuse(
            [&service, &gate, answer](const ServerRequest& request, const PathParameters& parameters) -> Answer {
              MIBUN_TRY(const Account account, gate.require(request));
              return answer(service, account, parameters.find("id")->second, request);
            }),
        bytes_max);
  };
  add("/api/v1/moves", answer_or_refuse([&](const ServerRequest& request) -> Answer {
        MIBUN_TRY(const Account account, gate.require(request));
        return begin(service, account, request);
      }),
      0);
  add("/api/v1/moves/lookup",
      answer_or_refuse([&](const ServerRequest& request) { return find_by_proof(service, request); }), 0);
  by_token("/api/v1/moves/{id}/unit", join);
  by_token("/api/v1/moves/{id}/state", look);
  by_token("/api/v1/moves/{id}/opening", open);
  by_token("/api/v1/moves/{id}/cancellation", cancel);
  by_device("/api/v1/moves/{id}/confirmation", confirm, kBodyBytesMax);
  by_device("/api/v1/moves/{id}/completion", complete, 0);
}

}  // namespace mibun::server
