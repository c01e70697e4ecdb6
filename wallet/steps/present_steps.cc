#include <utility>

#include "core/crypto/certificate_issuer.h"
#include "wallet/steps/choice_forms.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

json::Object approval_form(const oid4vp::Approval& approval) {
  json::Array rows;
  if (approval.payment) {
    const auto row = [&](const Label& label, const std::string& value) {
      rows.push_back(json::Object{{"label", forms::text(label)}, {"value", value}});
    };
    row({"金額", "amount"}, approval.payment->amount + " " + approval.payment->currency);
    row({"支払先", "to"}, approval.payment->payee);
  }
  return {{"title", forms::text(approval.text)}, {"rows", std::move(rows)}};
}

json::Value certificate_form(const std::optional<crypto::Certificate>& certificate) {
  if (!certificate) return nullptr;
  return json::Object{{"subject", certificate->subject()},
                      {"issuer", crypto::issuer_text(*certificate)},
                      {"until", forms::time(certificate->not_after())}};
}

// Who asks, and what there is to look up about them.
json::Object asker_form(const oid4vp::Asker& asker) {
  const oid4vp::Registration& registration = asker.registration;
  return {{"organization", forms::text(registration.organization)},
          {"identified", json::Object{{"label", forms::text(identified_label(asker.identified))},
                                      {"verified", asker.identified != oid4vp::Identified::by_address}}},
          {"contact", registration.contact},
          {"client_id", asker.client_id},
          {"registration", json::Object{{"id", registration.registration_id},
                                        {"registrar", registration.issuer},
                                        {"until", forms::time(registration.expires_at)}}},
          {"certificate", certificate_form(asker.certificate)}};
}

oid4vp::Asker asker_of(const oid4vp::AskHolder& ask) {
  oid4vp::Asker asker{
      .client_id = ask.client_id, .identified = ask.identified, .certificate = ask.certificate, .registration = {}};
  asker.registration.registration_id = ask.registration_id;
  asker.registration.issuer = ask.registrar;
  asker.registration.expires_at = ask.registered_until;
  asker.registration.organization = ask.organization;
  asker.registration.contact = ask.contact;
  return asker;
}

json::Object organisation_form(const oid4vp::AskHolder& ask) {
  json::Object form = asker_form(asker_of(ask));
  form["step"] = "question";
  form["address"] = ask.address;
  form["purpose"] = forms::text(ask.purpose);
  form["retention"] = json::Object{{"days", ask.retention.days}, {"text", forms::text(ask.retention.text)}};
  form["cautions"] = forms::text(ask.cautions);
  form["expires_at"] = forms::time(ask.expires_at);
  form["pairing"] = nullptr;
  if (ask.pairing) form["pairing"] = json::Object{{"website", ask.pairing->website}};
  json::Array approvals, warnings, missing;
  for (const oid4vp::Approval& approval : ask.approvals) approvals.push_back(approval_form(approval));
  if (const auto readable = readable_label(ask.mode)) warnings.push_back(forms::text(*readable));
  for (const dcql::ClaimPath& path : ask.missing) missing.push_back(forms::text(claim_label(path)));
  form["approvals"] = std::move(approvals);
  form["warnings"] = std::move(warnings);
  form["missing"] = std::move(missing);
  return form;
}

Result<json::Object> question_form(const Host& host, const ConsentQuestion& question) {
  json::Object form = organisation_form(question.ask);
  json::Object previous{{"count", question.previous.count}, {"last", nullptr}};
  if (question.previous.last) previous["last"] = forms::time(*question.previous.last);
  form["previous"] = std::move(previous);
  form["can_share"] = question.can_share();
  MIBUN_TRY(form["cards"], forms::proposed(host, question));
  MIBUN_TRY(form["choices"], forms::choices(host, question));
  return form;
}

json::Object presented_form(const Presented& presented) {
  json::Object form{
      {"step", "done"},           {"outcome", to_string(presented.outcome)},
      {"redirect_uri", nullptr},  {"receipt", nullptr},
      {"event", presented.event}, {"organization", forms::text(presented.partner_ja, presented.partner_en)}};
  if (presented.redirect_uri) form["redirect_uri"] = *presented.redirect_uri;
  if (presented.receipt) form["receipt"] = *presented.receipt;
  return form;
}

json::Object over_asked_form(const OverAsked& over_asked, const Error& error) {
  json::Object form = asker_form(over_asked.asker);
  form["step"] = "over_asked";
  form["event"] = over_asked.event;
  form["error"] = forms::error(error);
  return form;
}

// What an error ended: nothing of it can be answered any more.
json::Object ended_form(const Presentation& presentation, const Error& error) {
  return {{"step", "ended"},
          {"sent", presentation.may_have_arrived() ? "perhaps" : "nothing"},
          {"event", presentation.event()},
          {"organization", forms::text(presentation.question().ask.organization)},
          {"error", forms::error(error)}};
}

}  // namespace

// {"link"} -> Question | {"step":"over_asked",...}
Steps::Reply Steps::present_open(Arguments& arguments) {
  MIBUN_TRY(const std::string_view link, arguments.string("link"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  std::optional<OverAsked> over_asked;
  auto opened =
      Presentation::open(host_, mine->api, mine->profile, std::string(link), oid4vp::encrypted_profile(), &over_asked);
  if (!opened && over_asked) return over_asked_form(*over_asked, opened.error());
  MIBUN_TRY(presentation_, std::move(opened));
  return question_form(host_, presentation_->question());
}

Steps::Reply Steps::after(Result<Presentation::Turn> turn) {
  if (!turn) {
    if (!presentation_->is_over()) return std::unexpected(turn.error());
    return ended_form(*std::exchange(presentation_, nullptr), turn.error());
  }
  if (const auto* wrong = std::get_if<Presentation::WrongCode>(&*turn)) {
    return json::Object{{"step", "code_again"}, {"website", wrong->website}};
  }
  presentation_.reset();
  return presented_form(std::get<Presented>(*turn));
}

// {"agreed","language","pairing_code"?,"choice"?} -> {"step":"code_again","website"} | done | {"step":"ended",...}
Steps::Reply Steps::present_answer(Arguments& arguments) {
  MIBUN_TRY(const bool agreed, arguments.boolean("agreed"));
  MIBUN_TRY(const std::string_view language, arguments.string("language"));
  MIBUN_TRY(const auto code, arguments.optional_string("pairing_code"));
  MIBUN_TRY(const json::Array* const choice, arguments.optional_array("choice"));
  MIBUN_CHECK(arguments.finish());
  if (language != "ja" && language != "en") return fail(ErrorCode::json_bad_value, "present_answer.language");
  if (!presentation_) return fail(ErrorCode::invalid_argument, "present_answer", "nothing was asked");
  Answer answer{.decision = agreed ? Decision::agree : Decision::refuse, .language = std::string(language)};
  if (code) answer.pairing_code = std::string(*code);
  if (choice != nullptr) {
    MIBUN_TRY(answer.choice, forms::read_choice(*choice, arguments.place("choice")));
  }
  return after(presentation_->answer(answer));
}

// {"code"}: six digits, or null to give up -> as present_answer
Steps::Reply Steps::present_code(Arguments& arguments) {
  MIBUN_TRY(const json::Value* code, arguments.any("code"));
  MIBUN_CHECK(arguments.finish());
  if (!code->is_null() && !code->is_string()) return fail(ErrorCode::json_wrong_type, "present_code.code");
  if (!presentation_) return fail(ErrorCode::invalid_argument, "present_code", "nothing was asked");
  std::optional<std::string> typed;
  if (code->is_string()) typed = std::string(std::string_view(code->get_string()));
  return after(presentation_->code(typed));
}

// {} -> {}: leaves an open question of either kind; nothing is sent, and the history says that the person stopped.
Steps::Reply Steps::drop(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  return json::Object{};
}

Status Steps::drop_open() {
  receiving_.reset();
  visit_.reset();
  if (!presentation_) return {};
  const auto left = std::move(presentation_);
  return left->leave({ErrorCode::wallet_holder_refused, "question", {}});
}

}  // namespace mibun::wallet
