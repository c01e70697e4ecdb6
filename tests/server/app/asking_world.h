#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/mdoc/doc_types.h"
#include "core/receipt/receipt.h"
#include "tests/server/app/holder.h"
#include "tests/server/world/own_world.h"

// A server whose operator allows every way of asking, and a partner of each kind.
namespace mibun::server::asking {

using Prefix = oid4vp::ClientId::Prefix;
using oid4vp::Identified;

inline constexpr std::string_view kPage = "https://musubi.example/return";

inline json::Object object_of(std::string_view text) {
  return must(json::parse_object(text));
}

inline json::Object both() {
  return object_of(R"({"credentials":[
      {"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["urn:mibun:identity:1"]},
       "claims":[{"path":["given_name"]},{"path":["age_equal_or_over","20"]}]},
      {"id":"photo","format":"mso_mdoc","meta":{"doctype_value":"org.iso.23220.photoid.1"},
       "claims":[{"path":["org.iso.23220.1","given_name"]}]}]})");
}

struct Asked {
  std::string id, client_id, session_secret, link;
  json::Object reply;
};

// A server whose operator allows all of it.
struct Permissive : OwnWorld {
  Permissive() {
    config.partner_names = oid4vp::openid4vp_profile().clients;
    config.requests_by_value = oid4vp::Stance::accept;
    reopen();
    static_cast<void>(approved_case());
  }
  void reopen() {
    app.reset();
    app = must(App::open(config, clock, rng));
    read_trust();
  }
  void read_trust() {
    trust = must(wallet::parse_trust(send({.target = "/.well-known/mibun-trust.json"}).response.body));
  }

  Reply apply(const Program& partner, Prefix prefix) const {
    json::Object application = partner_application(partner);
    application["client_id_prefix"] = to_string(prefix);
    json::Array claims;
    claims.push_back(json::Array{json::Value(mdoc::kIso23220NameSpace), json::Value("given_name")});
    application["credentials"].as_array().push_back(
        json::Object{{"doctype", mdoc::kPhotoIdDocType}, {"claims", std::move(claims)}});
    return send(bound_request(token(akari), "POST", "/api/v1/staff/partners", json::serialize(application)));
  }
  Program partner(const std::string& id, Prefix prefix) {
    Program made = new_program(id);
    const Reply reply = apply(made, prefix);
    REQUIRE(reply.status() == 201);
    read_trust();
    return made;
  }
  Reply try_ask(const Program& partner, const json::Object& more) const {
    json::Object body{{"dcql_query", both()}};
    for (const auto& one : more) body[one.key()] = one.value();
    return send(bound_request(token(partner), "POST", "/api/v1/partner/requests", json::serialize(body)));
  }
  Asked ask(const Program& partner, const json::Object& more = {}) const {
    const Reply reply = try_ask(partner, more);
    if (reply.status() != 201) throw std::runtime_error(reply.response.body);
    return {reply.text("request_id"), reply.text("client_id"), reply.text("session_secret"), reply.text("wallet_link"),
            reply.json};
  }
  json::Object result(const Program& partner, const Asked& asked, const std::optional<std::string>& code) const {
    return send_well(take(partner, asked.id, claim(asked.session_secret, code)), 200).json;
  }
  receipt::ConsentReceipt receipt_in(const json::Object& result) const {
    const receipt::ReceiptAnchors anchors{trust->receipts, trust->credential_issuers, trust->iaca};
    return std::get<receipt::ConsentReceipt>(
        must(receipt::check_receipt(result.at("consent_receipt").as_string(), anchors, clock.now())).content);
  }
  // What the person asks of the partner whose receipt it is: the registration on it must be found again.
  int ask_to_delete(const json::Object& result) const {
    const json::Object body{{"receipt", result.at("consent_receipt")},
                            {"secret", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}};
    return send(json_request("POST", "/api/v1/deletion-requests", body)).status();
  }
  std::set<std::string> known_to_wallets() const {
    std::set<std::string> names;
    const Reply list = send_well({.target = "/.well-known/mibun-trust.json"}, 200);
    if (!list.json.contains("verifiers")) return names;
    for (const json::Value& one : list.json.at("verifiers").as_array()) {
      names.emplace(one.as_object().at("client_id").as_string());
    }
    return names;
  }
};

// One world for what does not turn its clock or its configuration. The log stays where the others look for it, in the
// world of all, which outlives this one.
inline Permissive& permissive() {
  const TestWorld& everybodys = world();
  static const std::unique_ptr<Permissive> one = [&] {
    auto made = std::make_unique<Permissive>();
    log::open(everybodys.log_file(), log::Level::info);
    return made;
  }();
  return *one;
}

struct Kind {
  Prefix prefix;
  std::string id, client_id;
  Identified identified;
};
inline std::string answers_at(std::string_view id) {
  return std::string(kOrigin) + "/oid4vp/partners/" + std::string(id) + "/responses";
}
inline const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {Prefix::verifier_attestation, "attested-shop", "verifier_attestation:attested-shop", Identified::by_attestation},
      {Prefix::preregistered, "known-shop", "known-shop", Identified::by_wallet},
      {Prefix::redirect_uri, "unsigned-shop", "redirect_uri:" + answers_at("unsigned-shop"), Identified::by_address}};
  return all;
}
inline const Program& partner_of(const Kind& kind) {
  static std::map<std::string, Program> made;
  const auto found = made.find(kind.id);
  if (found != made.end()) return found->second;
  return made.emplace(kind.id, permissive().partner(kind.id, kind.prefix)).first->second;
}

// Of a partner that asks by its certificate's hash.
inline const Program& hashed() {
  static const Program made = permissive().partner("hashed-shop", Prefix::x509_hash);
  return made;
}

}  // namespace mibun::server::asking
