#include "wallet/deletion.h"
#include "wallet/devices.h"
#include "wallet/privacy_notice.h"
#include "wallet/server_log.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"
#include "wallet/terms.h"

namespace mibun::wallet {

// {} -> {"registered","moving"?,"server"?,"account_id"?,"registered_at"?,"terms_version"?}
Steps::Reply Steps::state(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const bool joining, is_joining(host_.store));
  if (joining) return json::Object{{"registered", false}, {"moving", true}};
  MIBUN_TRY(const bool registered, has_profile(host_.store));
  if (!registered) return json::Object{{"registered", false}};
  MIBUN_TRY(const Account* mine, account());
  return json::Object{{"registered", true},
                      {"server", mine->profile.origin},
                      {"account_id", mine->profile.account_id},
                      {"registered_at", forms::time(mine->profile.registered_at)},
                      {"terms_version", mine->profile.terms_version}};
}

// {"terms_version"} -> {}: of later terms, by whoever is registered.
Steps::Reply Steps::accept_terms(Arguments& arguments) {
  MIBUN_TRY(const std::string_view version, arguments.string("terms_version"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::accept_terms(host_, mine->api, mine->profile, version));
  return json::Object{};
}

// {"server"} -> {"registration_id","terms_version"}
Steps::Reply Steps::begin_registration(Arguments& arguments) {
  MIBUN_TRY(const std::string_view server, arguments.string("server"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(registration_, wallet::begin_registration(host_.http, server));
  return json::Object{{"registration_id", registration_->registration_id},
                      {"terms_version", registration_->terms_version}};
}

// {} -> {"revocation_code"}
Steps::Reply Steps::finish_registration(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  if (!registration_) return fail(ErrorCode::invalid_argument, "finish_registration", "no terms were shown");
  MIBUN_TRY(const RegistrationOutcome outcome, wallet::finish_registration(host_, *registration_));
  registration_.reset();
  return json::Object{{"revocation_code", outcome.revocation_code}};
}

// {} -> {"revocation_code"}
Steps::Reply Steps::revocation_code(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(mine->api.verify_user_now("revocation code"));
  return json::Object{{"revocation_code", mine->profile.revocation_code}};
}

// {} -> {"receipt","classes":[{"class","erased","at","law","article","until","controller"}]}
Steps::Reply Steps::delete_account(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Deletion deletion, wallet::delete_account(host_, mine->api, mine->profile));
  account_.reset();
  json::Array classes;
  for (const receipt::ErasedClass& one : deletion.content.classes) {
    json::Object row{{"class", forms::text(data_class_label(one.data_class))},
                     {"erased", one.outcome == receipt::ErasureOutcome::erased},
                     {"at", forms::time(one.at)}};
    if (one.law) row["law"] = *one.law;
    if (one.article) row["article"] = *one.article;
    if (one.until) row["until"] = *one.until;
    if (one.controller) row["controller"] = *one.controller;
    classes.push_back(std::move(row));
  }
  return json::Object{{"receipt", deletion.receipt_text}, {"classes", std::move(classes)}};
}

// {} -> {"device","former"}
Steps::Reply Steps::devices(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const AccountDevices devices, fetch_devices(mine->api, mine->profile));
  json::Array former;
  for (const AccountDevice& device : devices.former) former.push_back(forms::device(device));
  return json::Object{{"device", forms::device(devices.device)}, {"former", std::move(former)}};
}

// {} -> {"state":"none"|"first"|"goes_on"|"broken","code"?}: a log that was rewritten is an answer and not an error,
// since the wallet goes on and tells its person.
Steps::Reply Steps::server_log(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const Account* mine, account());
  const auto look = look_at_server_log(host_, mine->profile.origin);
  if (look && !*look) return json::Object{{"state", "none"}};
  if (look) return json::Object{{"state", (*look)->entries_before ? "goes_on" : "first"}};
  const ErrorCode code = look.error().code;
  const bool broken =
      code == ErrorCode::log_rollback || code == ErrorCode::log_fork || code == ErrorCode::log_proof_invalid;
  if (!broken) return std::unexpected(look.error());
  return json::Object{{"state", "broken"}, {"code", to_string(code)}};
}

// {} -> {"parts":[{"title","text"}]}
Steps::Reply Steps::privacy_notice(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  json::Array parts;
  for (const NoticePart& part : wallet::privacy_notice()) {
    parts.push_back(json::Object{{"title", forms::text(part.title)}, {"text", forms::text(part.text)}});
  }
  return json::Object{{"parts", std::move(parts)}};
}

}  // namespace mibun::wallet
