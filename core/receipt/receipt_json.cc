#include "core/receipt/receipt_json.h"

#include <array>
#include <charconv>
#include <utility>

#include "core/codecs/shape_errors.h"
#include "core/jose/jws.h"

namespace mibun::receipt {
namespace {

constexpr std::size_t kTextBytesMax = 2000;
constexpr std::size_t kConsentBytesMax = 32 * 1024;
constexpr std::size_t kPresentationsMax = 20;
constexpr std::size_t kTransactionBytesMax = 16 * 1024;
constexpr std::size_t kClassesMax = 200;
constexpr seconds kJstOffset{9 * 3600};
constexpr PresentationChannel kChannels[] = {PresentationChannel::same_device, PresentationChannel::cross_device_code,
                                             PresentationChannel::dc_api};

std::unexpected<Error> malformed(std::string where, std::string detail = "not as a receipt has it") {
  return fail(ErrorCode::receipt_malformed, std::move(where), std::move(detail));
}

constexpr ShapeErrors shape{ErrorCode::receipt_malformed};

Result<std::string> read_text(json::ObjectReader& reader, std::string_view name,
                              std::size_t bytes_max = kTextBytesMax) {
  MIBUN_TRY(const std::string_view text, shape(reader.string(name)));
  if (text.empty() || text.size() > bytes_max) return malformed(reader.place(name), "the text is empty or too long");
  return std::string(text);
}

Result<std::optional<std::string>> read_optional_text(json::ObjectReader& reader, std::string_view name) {
  if (reader.optional_any(name) == nullptr) return std::nullopt;
  MIBUN_TRY(std::string text, read_text(reader, name));
  return text;
}

Result<Instant> read_date(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Value* const value, shape(reader.any(name)));
  return shape(jose::numeric_date(*value, reader.place(name)));
}

int two_digits(std::string_view text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 2, value);
  return error == std::errc() && end == text.data() + 2 ? value : -1;
}

// "2026-11-23T12:03:59+09:00", in exactly the form that we write.
Result<Instant> read_jst(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string text, read_text(reader, name));
  const std::string where = reader.place(name);
  if (text.size() != 25) return malformed(where, "a time has the form YYYY-MM-DDTHH:MM:SS+09:00");
  MIBUN_TRY(const CalendarDate date, shape(CalendarDate::parse(std::string_view(text).substr(0, 10))));
  const auto at = [&](std::size_t place) { return two_digits(std::string_view(text).substr(place, 2)); };
  const std::chrono::sys_days day = std::chrono::year_month_day(
      std::chrono::year(date.year), std::chrono::month(date.month), std::chrono::day(date.day));
  const seconds local =
      day.time_since_epoch() + std::chrono::hours(at(11)) + std::chrono::minutes(at(14)) + seconds(at(17));
  const Instant instant = Instant::from_unix_seconds((local - kJstOffset).count());
  if (to_jst_string(instant) != text) return malformed(where, "there is no such time, or not in Japan's form");
  return instant;
}

struct Head {
  std::string issuer, receipt_id;
  Instant issued_at;
};

Result<Head> read_head(json::ObjectReader& reader) {
  Head head;
  MIBUN_TRY(head.issuer, read_text(reader, "iss"));
  MIBUN_TRY(head.receipt_id, read_text(reader, "jti"));
  MIBUN_TRY(head.issued_at, read_date(reader, "iat"));
  return head;
}

// The texts of an object that has these members and no others, in their order. The first is a name, the last a digest.
Result<std::array<std::string, 4>> read_texts(const json::Value& value, const std::string& where,
                                              const std::array<std::string_view, 4>& names) {
  if (!value.is_object()) return malformed(where, "an object is expected");
  json::ObjectReader reader(value.get_object(), where);
  std::array<std::string, 4> texts;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_signature = i == 1 || i == 2;
    MIBUN_TRY(texts[i], read_text(reader, names[i], is_signature ? kReceiptBytesMax : kTextBytesMax));
  }
  MIBUN_CHECK(shape(reader.finish()));
  return texts;
}

Result<PresentationProof> read_proof(const json::Value& value, const std::string& where) {
  MIBUN_TRY(auto texts, read_texts(value, where, {"credential_id", "issuer_jwt", "kb_jwt", "presentation_sha256"}));
  auto& [id, issuer_jwt, kb_jwt, sha256] = texts;
  return PresentationProof{std::move(id), std::move(issuer_jwt), std::move(kb_jwt), std::move(sha256)};
}

Result<MdocPresentationProof> read_mdoc_proof(const json::Value& value, const std::string& where) {
  MIBUN_TRY(auto texts,
            read_texts(value, where, {"credential_id", "issuer_signed", "consent_proof", "presentation_sha256"}));
  auto& [id, issuer_signed, consent_proof, sha256] = texts;
  return MdocPresentationProof{std::move(id), std::move(issuer_signed), std::move(consent_proof), std::move(sha256)};
}

Status read_organization(json::ObjectReader& reader, ConsentReceipt& receipt) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("organization")));
  json::ObjectReader organization(*object, reader.place("organization"));
  MIBUN_TRY(receipt.organization_ja, read_text(organization, "ja"));
  MIBUN_TRY(receipt.organization_en, read_text(organization, "en"));
  return shape(organization.finish());
}

Status read_outcome(json::ObjectReader& reader, ErasedClass& erased) {
  MIBUN_TRY(const std::string outcome, read_text(reader, "outcome"));
  MIBUN_TRY(erased.law, read_optional_text(reader, "law"));
  MIBUN_TRY(erased.article, read_optional_text(reader, "article"));
  MIBUN_TRY(erased.until, read_optional_text(reader, "until"));
  MIBUN_TRY(erased.controller, read_optional_text(reader, "controller"));
  const std::string where = reader.place("outcome");
  if (outcome == "erased") {
    if (erased.law || erased.article || erased.until || erased.controller) {
      return malformed(where, "what is erased is not kept by a law");
    }
    return {};
  }
  if (outcome != "retained") return malformed(where, "neither erased nor retained");
  if (!erased.law || !erased.article) return malformed(where, "what is kept is kept by an article of a law");
  if (erased.until && !CalendarDate::parse(*erased.until)) return malformed(reader.place("until"), "not a date");
  erased.outcome = ErasureOutcome::retained;
  return {};
}

Result<ErasedClass> read_class(const json::Value& value, const std::string& where) {
  if (!value.is_object()) return malformed(where, "an object is expected");
  json::ObjectReader reader(value.get_object(), where);
  ErasedClass erased;
  MIBUN_TRY(erased.data_class, read_text(reader, "class"));
  MIBUN_TRY(erased.at, read_jst(reader, "at"));
  MIBUN_CHECK(read_outcome(reader, erased));
  MIBUN_CHECK(shape(reader.finish()));
  return erased;
}

Result<PresentationChannel> read_channel(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string text, read_text(reader, "presentation_channel"));
  for (const PresentationChannel channel : kChannels) {
    if (text == to_string(channel)) return channel;
  }
  return malformed(reader.place("presentation_channel"), "not a channel");
}

std::string element(std::string where, std::size_t index) {
  return std::move(where) + "[" + std::to_string(index) + "]";
}

// A list that is there has something in it; both kinds together are bounded.
template <class Proof, class Read>
Status read_proofs(json::ObjectReader& reader, std::string_view name, std::vector<Proof>& proofs, Read read) {
  MIBUN_TRY(const json::Array* const list, shape(reader.optional_array(name)));
  if (list == nullptr) return {};
  if (list->empty() || list->size() > kPresentationsMax) return malformed(reader.place(name));
  for (std::size_t i = 0; i < list->size(); ++i) {
    MIBUN_TRY(Proof proof, read((*list)[i], element(reader.place(name), i)));
    proofs.push_back(std::move(proof));
  }
  return {};
}

Result<std::string> read_transaction(const json::Value& value, const std::string& where) {
  if (!value.is_string() || value.get_string().size() > kTransactionBytesMax) return malformed(where);
  return std::string(value.get_string());
}

json::Array to_json(const std::vector<MdocPresentationProof>& proofs) {
  json::Array list;
  for (const MdocPresentationProof& proof : proofs) {
    list.push_back(json::Object{{"credential_id", proof.credential_id},
                                {"issuer_signed", proof.issuer_signed},
                                {"consent_proof", proof.consent_proof},
                                {"presentation_sha256", proof.presentation_sha256}});
  }
  return list;
}

}  // namespace

std::string_view to_string(PresentationChannel channel) {
  switch (channel) {
    case PresentationChannel::same_device:
      return "same_device";
    case PresentationChannel::cross_device_code:
      return "cross_device_code";
    case PresentationChannel::dc_api:
      return "dc_api";
  }
  return "";
}

json::Object to_json(const ConsentReceipt& receipt) {
  json::Array presentations;
  for (const PresentationProof& proof : receipt.presentations) {
    presentations.push_back(json::Object{{"credential_id", proof.credential_id},
                                         {"issuer_jwt", proof.issuer_jwt},
                                         {"kb_jwt", proof.kb_jwt},
                                         {"presentation_sha256", proof.presentation_sha256}});
  }
  json::Object object{{"iss", receipt.issuer},
                      {"jti", receipt.receipt_id},
                      {"iat", receipt.issued_at.unix_seconds()},
                      {"outcome", receipt.outcome},
                      {"client_id", receipt.client_id},
                      {"organization", json::Object{{"ja", receipt.organization_ja}, {"en", receipt.organization_en}}},
                      {"consent", receipt.consent},
                      {"presentation_channel", to_string(receipt.channel)},
                      {"verified_at", to_jst_string(receipt.verified_at)}};
  if (!presentations.empty()) object["presentations"] = std::move(presentations);
  json::Array transactions;
  for (const std::string& data : receipt.transaction_data) transactions.emplace_back(data);
  if (!transactions.empty()) object["transaction_data"] = std::move(transactions);
  if (!receipt.mdoc_presentations.empty()) object["mdoc_presentations"] = to_json(receipt.mdoc_presentations);
  return object;
}

json::Object to_json(const ErasureReceipt& receipt) {
  json::Array classes;
  for (const ErasedClass& erased : receipt.classes) {
    json::Object entry{{"class", erased.data_class},
                       {"outcome", erased.outcome == ErasureOutcome::erased ? "erased" : "retained"},
                       {"at", to_jst_string(erased.at)}};
    if (erased.law) entry["law"] = *erased.law;
    if (erased.article) entry["article"] = *erased.article;
    if (erased.until) entry["until"] = *erased.until;
    if (erased.controller) entry["controller"] = *erased.controller;
    classes.push_back(std::move(entry));
  }
  return {{"iss", receipt.issuer},
          {"jti", receipt.receipt_id},
          {"iat", receipt.issued_at.unix_seconds()},
          {"account", receipt.account},
          {"classes", std::move(classes)}};
}

Result<ConsentReceipt> parse_consent_receipt(const json::Object& payload) {
  json::ObjectReader reader(payload, "receipt");
  ConsentReceipt receipt;
  MIBUN_TRY(const Head head, read_head(reader));
  receipt.issuer = head.issuer;
  receipt.receipt_id = head.receipt_id;
  receipt.issued_at = head.issued_at;
  MIBUN_TRY(receipt.outcome, read_text(reader, "outcome"));
  if (receipt.outcome != "shared") return malformed("receipt.outcome", "a consent receipt is about something shared");
  MIBUN_TRY(receipt.client_id, read_text(reader, "client_id"));
  MIBUN_CHECK(read_organization(reader, receipt));
  MIBUN_TRY(receipt.consent, read_text(reader, "consent", kConsentBytesMax));
  MIBUN_TRY(receipt.channel, read_channel(reader));
  MIBUN_TRY(receipt.verified_at, read_jst(reader, "verified_at"));
  MIBUN_CHECK(read_proofs(reader, "presentations", receipt.presentations, read_proof));
  MIBUN_CHECK(read_proofs(reader, "mdoc_presentations", receipt.mdoc_presentations, read_mdoc_proof));
  MIBUN_CHECK(read_proofs(reader, "transaction_data", receipt.transaction_data, read_transaction));
  const std::size_t count = receipt.presentations.size() + receipt.mdoc_presentations.size();
  if (count == 0 || count > kPresentationsMax) return malformed("receipt.presentations");
  MIBUN_CHECK(shape(reader.finish()));
  return receipt;
}

Result<ErasureReceipt> parse_erasure_receipt(const json::Object& payload) {
  json::ObjectReader reader(payload, "receipt");
  ErasureReceipt receipt;
  MIBUN_TRY(const Head head, read_head(reader));
  receipt.issuer = head.issuer;
  receipt.receipt_id = head.receipt_id;
  receipt.issued_at = head.issued_at;
  MIBUN_TRY(receipt.account, read_text(reader, "account"));
  MIBUN_TRY(const json::Array* const classes, shape(reader.array("classes")));
  if (classes->empty() || classes->size() > kClassesMax) return malformed("receipt.classes");
  for (std::size_t i = 0; i < classes->size(); ++i) {
    MIBUN_TRY(ErasedClass erased, read_class((*classes)[i], element("receipt.classes", i)));
    receipt.classes.push_back(std::move(erased));
  }
  MIBUN_CHECK(shape(reader.finish()));
  return receipt;
}

}  // namespace mibun::receipt
