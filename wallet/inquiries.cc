#include "wallet/inquiries.h"

#include "core/codecs/base64url.h"
#include "core/codecs/jst_time.h"
#include "core/crypto/hash.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kTarget = "/api/v1/inquiries";

Result<Label> read_label(json::ObjectReader& reader) {
  Label label;
  MIBUN_TRY(label.ja, reader.string("ja"));
  MIBUN_TRY(label.en, reader.string("en"));
  return label;
}

Result<Label> read_label(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Object* object, reader.object(name));
  json::ObjectReader texts(*object, "terms." + std::string(name));
  return read_label(texts);
}

// What both answers of the server have: which one it is, and when.
Result<Inquiry> read_kept(json::ObjectReader& reader) {
  Inquiry inquiry;
  MIBUN_TRY(inquiry.id, reader.string("inquiry_id"));
  MIBUN_TRY(const std::string_view asked_at, reader.string("asked_at"));
  MIBUN_TRY(inquiry.asked_at, parse_jst(asked_at));
  MIBUN_TRY(const auto answered_at, reader.optional_string("answered_at"));
  if (answered_at) {
    MIBUN_TRY(inquiry.answered_at, parse_jst(*answered_at));
  }
  return inquiry;
}

Result<Inquiry> read_inquiry(const json::Value& value) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "inquiries");
  json::ObjectReader reader(value.get_object(), "inquiries");
  MIBUN_TRY(Inquiry inquiry, read_kept(reader));
  MIBUN_TRY(inquiry.kind, reader.string("kind"));
  MIBUN_TRY(inquiry.text, reader.string("text"));
  MIBUN_TRY(const auto answer, reader.optional_string("answer"));
  inquiry.answer = std::string(answer.value_or(""));
  return inquiry;
}

}  // namespace

Result<InquiryTerms> fetch_inquiry_terms(ServerApi& api) {
  MIBUN_TRY(const auto answer, api.open_request("GET", "/api/v1/inquiries/terms", ""));
  json::ObjectReader reader(answer.body, "terms");
  InquiryTerms terms;
  MIBUN_TRY(const json::Object* country, reader.object("country"));
  json::ObjectReader country_reader(*country, "terms.country");
  MIBUN_TRY(terms.country, country_reader.string("code"));
  MIBUN_TRY(terms.country_name, read_label(country_reader));
  MIBUN_TRY(terms.rules, read_label(reader, "rules"));
  MIBUN_TRY(terms.measures, read_label(reader, "measures"));
  MIBUN_TRY(terms.kept, read_label(reader, "kept"));
  MIBUN_TRY(terms.kept_days_after_answer, reader.integer("kept_days_after_answer"));
  MIBUN_TRY(terms.characters_max, reader.integer("text_characters_max"));
  MIBUN_TRY(const json::Array* kinds, reader.array("kinds"));
  MIBUN_TRY(terms.kinds, json::string_array(*kinds, "terms.kinds"));
  return terms;
}

Result<Inquiries> fetch_inquiries(ServerApi& api, Profile& profile) {
  MIBUN_TRY(const auto answer, api.account_request(profile, "GET", kTarget, "", "", "inquiries"));
  json::ObjectReader reader(answer.body, "inquiries");
  MIBUN_TRY(const json::Array* rows, reader.array("inquiries"));
  Inquiries inquiries;
  for (const json::Value& row : *rows) {
    MIBUN_TRY(Inquiry inquiry, read_inquiry(row));
    inquiries.all.push_back(std::move(inquiry));
  }
  MIBUN_TRY(inquiries.can_ask, reader.boolean("can_ask"));
  return inquiries;
}

Result<Inquiry> send_inquiry(ServerApi& api, Profile& profile, const InquiryDraft& draft) {
  if (draft.country.empty()) return fail(ErrorCode::inquiry_country_not_agreed, "country");
  const std::string said = "inquiry\n" + std::string(draft.kind) + "\n" + std::string(draft.text);
  const json::Object body{{"id", base64url::encode(crypto::sha256(said))},
                          {"kind", draft.kind},
                          {"text", draft.text},
                          {"country_agreed", draft.country}};
  MIBUN_TRY(const auto answer, api.account_request(profile, "POST", kTarget, json::serialize(body), "application/json",
                                                   "send an inquiry"));
  json::ObjectReader reader(answer.body, "inquiry");
  MIBUN_TRY(Inquiry inquiry, read_kept(reader));
  inquiry.kind = std::string(draft.kind);
  inquiry.text = std::string(draft.text);
  return inquiry;
}

}  // namespace mibun::wallet
