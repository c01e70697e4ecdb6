#include "wallet/inquiries.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

// Asking the operator.
namespace mibun::wallet {
namespace {

json::Object form_of(const Inquiry& inquiry) {
  json::Object form{{"id", inquiry.id},         {"kind", forms::text(inquiry_kind_label(inquiry.kind))},
                    {"text", inquiry.text},     {"asked_at", forms::time(inquiry.asked_at)},
                    {"state", inquiry.state()}, {"label", forms::text(inquiry_state_label(inquiry.state()))},
                    {"answered_at", nullptr},   {"answer", nullptr}};
  if (inquiry.answered_at) {
    form["answered_at"] = forms::time(*inquiry.answered_at);
    if (!inquiry.answer.empty()) form["answer"] = inquiry.answer;
  }
  return form;
}

}  // namespace

// {} -> {"country","country_name","rules","measures","kept","kept_days","characters_max","kinds":[{"kind","label"}]}
Steps::Reply Steps::inquiry_terms(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const InquiryTerms terms, fetch_inquiry_terms(mine->api));
  json::Array kinds;
  for (const std::string& kind : terms.kinds) {
    kinds.push_back(json::Object{{"kind", kind}, {"label", forms::text(inquiry_kind_label(kind))}});
  }
  return json::Object{{"country", terms.country},
                      {"country_name", forms::text(terms.country_name)},
                      {"rules", forms::text(terms.rules)},
                      {"measures", forms::text(terms.measures)},
                      {"kept", forms::text(terms.kept)},
                      {"kept_days", terms.kept_days_after_answer},
                      {"characters_max", terms.characters_max},
                      {"kinds", std::move(kinds)}};
}

// {} -> {"inquiries":[Inquiry],"can_ask"}, newest first.
Steps::Reply Steps::inquiries(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Inquiries own, fetch_inquiries(mine->api, mine->profile));
  json::Array rows;
  for (const Inquiry& inquiry : own.all) rows.push_back(form_of(inquiry));
  return json::Object{{"inquiries", std::move(rows)}, {"can_ask", own.can_ask}};
}

// {"kind","text","country"} -> Inquiry. `country`: the one that the person was shown and agreed to.
Steps::Reply Steps::send_inquiry(Arguments& arguments) {
  MIBUN_TRY(const std::string_view kind, arguments.string("kind"));
  MIBUN_TRY(const std::string_view text, arguments.string("text"));
  MIBUN_TRY(const std::string_view country, arguments.string("country"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Inquiry sent, wallet::send_inquiry(mine->api, mine->profile, {kind, text, country}));
  return form_of(sent);
}

}  // namespace mibun::wallet
