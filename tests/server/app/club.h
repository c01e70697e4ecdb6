#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/sd_jwt/issuer.h"
#include "core/status_list/status_token.h"
#include "tests/server/app/logged_code.h"

namespace mibun::server {

// An issuer of cards that is none of ours, and a partner that is shown them.
struct Club {
  TestWorld& w = world();
  std::string host = "club.example";
  TestSigner secretary{host == "club.example" ? w.club : w.guild, crypto::CertificatePurpose::credential_issuer, host};
  Program desk = partner();
  std::string list_uri = "https://" + host + "/lists/" + std::to_string(++lists);

  inline static int lists = 0;

  // Registered for memberships, trades and identities.
  static Program partner() {
    TestWorld& w = world();
    static const Program desk = [&] {
      Program made = w.new_program("club-desk");
      json::Object application = w.partner_application(made);
      for (const std::string_view vct : {kMembershipVct, kTradeVct}) {
        json::Object other = application.at("credentials").as_array()[0].as_object();
        other["vct"] = vct;
        application.at("credentials").as_array().push_back(std::move(other));
      }
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
    json::Object clear{{"iss", "https://" + host},
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

}  // namespace mibun::server
