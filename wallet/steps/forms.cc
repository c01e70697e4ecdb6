#include "wallet/steps/forms.h"

#include <algorithm>

#include "wallet/claim_picture.h"
#include "wallet/renewal.h"

namespace mibun::wallet::forms {
namespace {

std::string_view state_of(const Card& card, Instant now) {
  if (card.status.said == CardStatus::Said::revoked) return "revoked";
  if (card.is_expired(now)) return "expired";
  if (card.status.said == CardStatus::Said::suspended) return "suspended";
  if (card.copies_left == 0) return "used_up";
  Card full = card;  // by its age alone
  full.copies_left = full.copies;
  return is_due(full, now) ? "expires_soon" : "valid";
}

bool is_above(const dcql::ClaimPath& group, const dcql::ClaimPath& part) {
  const std::string above = group.to_string(), below = part.to_string();
  return below.size() > above.size() && below.starts_with(above.substr(0, above.size() - 1) + ",");
}

}  // namespace

json::Object text(std::string_view ja, std::string_view en) {
  return {{"ja", ja}, {"en", en}};
}

json::Object text(const Label& label) {
  return text(label.ja, label.en);
}

json::Object text(const oid4vp::LocalizedText& words) {
  return text(words.ja, words.en);
}

json::Object time(Instant instant) {
  const Label label = time_label(instant);
  return {{"ms", instant.unix_milliseconds()}, {"ja", label.ja}, {"en", label.en}};
}

json::Object error(const Error& error) {
  return {{"code", to_string(error.code)}, {"where", error.where}, {"detail", error.detail}};
}

json::Object claim(const dcql::ClaimPath& path, const json::Value& value) {
  json::Object form{
      {"path", path.to_string()}, {"label", text(claim_label(path))}, {"value", text(claim_value(path, value))}};
  if (const auto picture = claim_picture(path, value)) {
    form["picture"] = json::Object{{"media_type", picture->media_type}, {"image", picture->image}};
  }
  return form;
}

json::Array claims(const std::vector<sd_jwt::HeldClaim>& held, const Provenance* provenance) {
  json::Array list;
  for (const sd_jwt::HeldClaim& one : held) {
    if (!one.disclosable) continue;
    const bool is_group =
        std::ranges::any_of(held, [&](const sd_jwt::HeldClaim& other) { return is_above(one.path, other.path); });
    if (is_group) continue;
    json::Object form = claim(one.path, one.value);
    if (provenance != nullptr) {
      const std::string* source = provenance->source_of(one.path);
      form["source"] = source == nullptr ? json::Value(nullptr) : json::Value(text(source_label(*source)));
    }
    list.push_back(std::move(form));
  }
  return list;
}

Result<json::Object> card(const Host& host, const Card& card) {
  MIBUN_TRY(const auto grant, GrantStore(host).find(card.id));
  json::Object object{{"id", card.id},
                      {"format", card.format},
                      {"name", text(card.name_ja, card.name_en)},
                      {"issuer_name", text(card.issuer_name_ja, card.issuer_name_en)},
                      {"issuer", card.issuer},
                      {"received_at", time(card.received_at)},
                      {"expires_at", nullptr},
                      {"copies", card.copies},
                      {"copies_left", card.copies_left},
                      {"state", state_of(card, host.clock.now())},
                      {"renewable", grant && grant->refresh_token},
                      {"status_at", nullptr},
                      {"status_failure", nullptr}};
  if (card.expires_at) object["expires_at"] = time(*card.expires_at);
  if (card.status.checked_at) object["status_at"] = time(*card.status.checked_at);
  if (!card.status.failure.empty()) object["status_failure"] = card.status.failure;
  return object;
}

json::Object waiting(const PendingCard& pending) {
  return {{"id", pending.id},
          {"name", text(pending.name_ja, pending.name_en)},
          {"issuer_name", text(pending.issuer_name_ja, pending.issuer_name_en)},
          {"ask_again_at", time(pending.ask_again_at)}};
}

json::Object proofing_case(const CaseState& now) {
  json::Array rows;
  for (const Finding& finding : now.findings) {
    rows.push_back(json::Object{{"check", text(check_label(finding.check))},
                                {"outcome", text(outcome_label(finding.outcome))},
                                {"result", finding.outcome},
                                {"detail", finding.detail}});
  }
  json::Object object{{"case_id", now.case_id},
                      {"state", now.state},
                      {"label", text(state_label(now.state))},
                      {"findings", std::move(rows)},
                      {"reason", nullptr},
                      {"photos_needed", json::Array(now.photos_needed.begin(), now.photos_needed.end())},
                      {"appeal_until", nullptr},
                      {"appealed", now.appealed}};
  if (!now.reason.empty()) object["reason"] = text(case_reason_label(now.reason));
  if (now.appeal_until) object["appeal_until"] = time(*now.appeal_until);
  return object;
}

json::Object device(const AccountDevice& device) {
  json::Array ways;
  for (const Label& way : device.ways()) ways.push_back(text(way));
  json::Object form{
      {"kind", text(device.kind())}, {"ways", std::move(ways)}, {"backup", text(device.backup())}, {"since", nullptr},
      {"last_used", nullptr},        {"moved_at", nullptr}};
  if (device.since) form["since"] = time(*device.since);
  if (device.last_used_on) form["last_used"] = text(date_label(*device.last_used_on));
  if (device.moved_at) form["moved_at"] = time(*device.moved_at);
  return form;
}

json::Object deletion(const PartnerDeletion& deletion) {
  json::Object form{{"state", deletion.state},
                    {"label", text(deletion_label(deletion.state))},
                    {"asked_at", time(deletion.asked_at)},
                    {"due_at", time(deletion.due_at)},
                    {"done_at", nullptr}};
  if (deletion.done_at) form["done_at"] = time(*deletion.done_at);
  return form;
}

}  // namespace mibun::wallet::forms
