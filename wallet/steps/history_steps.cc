#include <algorithm>

#include "wallet/nearby_receipts.h"
#include "wallet/partner_deletion.h"
#include "wallet/receipts.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

bool has_outcome(std::string_view kind) {
  return kind == "failed" || kind == "refused" || kind == "uncertain";
}

// Whether the partner can be asked to delete, and what became of it.
Status add_deletion(const Host& host, const HistoryEvent& event, json::Object& form) {
  form["deletion"] = nullptr;
  form["can_request_deletion"] = false;
  if (receipt_hash(event.receipt).empty()) return {};  // none, or of a meeting: no gateway has that
  MIBUN_TRY(const auto known, known_deletion(host, event.receipt));
  if (known) form["deletion"] = forms::deletion(*known);
  form["can_request_deletion"] = event.kind == "shared" && !known;
  return {};
}

Result<json::Object> event_form(const Host& host, const HistoryEvent& event) {
  json::Array claims, details;
  for (const std::string& path : event.claims) claims.push_back(forms::text(claim_label(path)));
  for (const auto& detail : event.details) {
    const auto label = detail_label(detail.key());
    if (!label) continue;
    const json::Value& value = detail.value();
    details.push_back(
        json::Object{{"label", forms::text(*label)},
                     {"value", value.is_string() ? std::string(value.get_string()) : json::serialize(value)}});
  }
  json::Object form{{"id", event.id},
                    {"at", forms::time(event.at)},
                    {"kind", event.kind},
                    {"label", forms::text(kind_label(event.kind))},
                    {"organization", forms::text(event.partner_ja, event.partner_en)},
                    {"claims", std::move(claims)},
                    {"outcome", event.outcome},
                    {"outcome_label", nullptr},
                    {"receipt", nullptr},
                    {"details", std::move(details)}};
  if (has_outcome(event.kind)) form["outcome_label"] = forms::text(outcome_label(event.outcome));
  if (!event.receipt.empty() && host.store.read(event.receipt)) form["receipt"] = event.receipt;
  MIBUN_CHECK(add_deletion(host, event, form));
  return form;
}

json::Object receipt_form(const KeptReceipt& kept) {
  json::Object form{{"name", kept.name}, {"text", kept.text}, {"organization", nullptr}};
  if (const auto* consent = std::get_if<receipt::ConsentReceipt>(&kept.checked.content)) {
    form["kind"] = "consent";
    form["at"] = forms::time(consent->verified_at);
    form["organization"] = forms::text(consent->organization_ja, consent->organization_en);
  } else {
    form["kind"] = "erasure";
    form["at"] = forms::time(std::get<receipt::ErasureReceipt>(kept.checked.content).issued_at);
  }
  return form;
}

json::Object nearby_form(const KeptNearbyReceipt& kept) {
  json::Object form{{"name", kept.name},
                    {"kind", "nearby"},
                    {"at", forms::time(kept.receipt.at)},
                    {"organization", nullptr},
                    {"text", kept.text}};
  if (kept.receipt.reader) form["organization"] = forms::text(kept.receipt.name_ja, kept.receipt.name_en);
  return form;
}

}  // namespace

// {"ask_server"} -> {"events","complete","why"?}: newest first.
Steps::Reply Steps::history(Arguments& arguments) {
  MIBUN_TRY(const bool ask_server, arguments.boolean("ask_server"));
  MIBUN_CHECK(arguments.finish());
  HistoryView view;
  if (ask_server) {
    MIBUN_TRY(Account * mine, account());
    MIBUN_TRY(view, merged_history(host_, mine->api, mine->profile));
  } else {
    MIBUN_TRY(view.events, HistoryBook(host_).list());
  }
  std::ranges::reverse(view.events);
  json::Array events;
  for (const HistoryEvent& event : view.events) {
    MIBUN_TRY(json::Object one, event_form(host_, event));
    events.push_back(std::move(one));
  }
  json::Object form{{"events", std::move(events)}, {"complete", view.complete}};
  if (view.why_incomplete) {
    const Error& why = *view.why_incomplete;
    // The server's own code says more than that it refused.
    form["why"] = why.code == ErrorCode::wallet_server_refused ? why.where : std::string(to_string(why.code));
  }
  return form;
}

// {"id"} -> {"events"}: what this wallet recorded of one of its cards, newest first.
Steps::Reply Steps::card_history(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(auto kept, HistoryBook(host_).of_card(id));
  std::ranges::reverse(kept);
  json::Array events;
  for (const HistoryEvent& event : kept) {
    MIBUN_TRY(json::Object one, event_form(host_, event));
    events.push_back(std::move(one));
  }
  return json::Object{{"events", std::move(events)}};
}

// {} -> {"receipts","missing"}: those that are still to come are asked for first.
Steps::Reply Steps::receipts(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const std::size_t missing, fetch_missing_receipts(host_));
  MIBUN_TRY(const auto kept, list_receipts(host_));
  json::Array receipts;
  for (const KeptReceipt& one : kept) receipts.push_back(receipt_form(one));
  MIBUN_TRY(const auto nearby, list_nearby_receipts(host_));
  for (const KeptNearbyReceipt& one : nearby) receipts.push_back(nearby_form(one));
  return json::Object{{"receipts", std::move(receipts)}, {"missing", missing}};
}

}  // namespace mibun::wallet
