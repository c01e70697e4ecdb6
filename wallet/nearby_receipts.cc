#include "wallet/nearby_receipts.h"

#include <algorithm>

#include "core/base/sort.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/jst_time.h"
#include "core/codecs/typed_id.h"
#include "core/mdoc/reader_auth.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "nearby.";
constexpr std::string_view kFormat = "mibun-nearby-receipt";
constexpr std::size_t kIdBytes = 9;

std::unexpected<Error> malformed(std::string where) {
  return fail(ErrorCode::receipt_malformed, std::move(where), "not a paper about a showing at close range");
}

std::unexpected<Error> not_the_readers(std::string where, std::string detail) {
  return fail(ErrorCode::receipt_signature_invalid, std::move(where), std::move(detail));
}

Instant whole_seconds(Instant at) {
  return Instant::from_unix_milliseconds(at.unix_seconds() * 1000);
}

json::Array documents_json(const std::vector<ShownDocument>& documents) {
  json::Array list;
  for (const ShownDocument& document : documents) {
    json::Array elements;
    for (const ShownElement& element : document.elements) {
      json::Object one{{"name_space", element.name_space}, {"identifier", element.identifier}};
      if (!element.asked_as.empty()) one["asked_as"] = element.asked_as;
      one["intent_to_retain"] = element.intent_to_retain;
      elements.push_back(std::move(one));
    }
    list.push_back(json::Object{{"doc_type", document.doc_type}, {"elements", std::move(elements)}});
  }
  return list;
}

Result<std::vector<ShownDocument>> read_documents(const json::Array& list) {
  std::vector<ShownDocument> documents;
  for (const json::Value& value : list) {
    if (!value.is_object()) return malformed("documents");
    json::ObjectReader reader(value.get_object(), "documents");
    ShownDocument document;
    MIBUN_TRY(document.doc_type, reader.string("doc_type"));
    MIBUN_TRY(const json::Array* elements, reader.array("elements"));
    for (const json::Value& one : *elements) {
      if (!one.is_object()) return malformed("documents.elements");
      json::ObjectReader fields(one.get_object(), "documents.elements");
      ShownElement element;
      MIBUN_TRY(element.name_space, fields.string("name_space"));
      MIBUN_TRY(element.identifier, fields.string("identifier"));
      MIBUN_TRY(const auto asked_as, fields.optional_string("asked_as"));
      if (asked_as) element.asked_as = *asked_as;
      MIBUN_TRY(element.intent_to_retain, fields.boolean("intent_to_retain"));
      MIBUN_CHECK(fields.finish());
      document.elements.push_back(std::move(element));
    }
    MIBUN_CHECK(reader.finish());
    documents.push_back(std::move(document));
  }
  return documents;
}

Result<ReaderStanding> read_standing(std::string_view text) {
  for (const auto standing : {ReaderStanding::registered, ReaderStanding::verified, ReaderStanding::unknown}) {
    if (text == to_string(standing)) return standing;
  }
  return malformed("reader.standing");
}

Status read_reader(json::ObjectReader& reader, NearbyReceipt& receipt) {
  MIBUN_TRY(const std::string_view standing, reader.string("standing"));
  MIBUN_TRY(receipt.standing, read_standing(standing));
  if (receipt.standing == ReaderStanding::unknown) return reader.finish();
  MIBUN_TRY(const json::Object* name, reader.object("name"));
  json::ObjectReader words(*name, "reader.name");
  MIBUN_TRY(receipt.name_ja, words.string("ja"));
  MIBUN_TRY(receipt.name_en, words.string("en"));
  MIBUN_TRY(const std::string_view certificate, reader.string("certificate"));
  MIBUN_TRY(const Bytes der, base64url::decode(certificate));
  MIBUN_TRY(receipt.reader, crypto::Certificate::parse(der));
  if (receipt.standing != ReaderStanding::registered) return reader.finish();
  MIBUN_TRY(const json::Object* purpose, reader.object("purpose"));
  MIBUN_TRY(receipt.purpose, oid4vp::LocalizedText::parse(*purpose, "reader.purpose"));
  MIBUN_TRY(const json::Object* retention, reader.object("retention"));
  MIBUN_TRY(receipt.retention, oid4vp::Retention::parse(*retention, "reader.retention"));
  return reader.finish();
}

Result<NearbyReceipt> read(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader fields(object, "");
  NearbyReceipt receipt;
  MIBUN_TRY(const std::string_view format, fields.string("format"));
  if (format != kFormat) return malformed("format");
  MIBUN_TRY(const std::int64_t version, fields.integer("version"));
  if (version != 1) return malformed("version");
  MIBUN_TRY(const std::string_view at, fields.string("at"));
  MIBUN_TRY(receipt.at, parse_jst(at));
  MIBUN_TRY(receipt.arrived, fields.boolean("arrived"));
  MIBUN_TRY(const json::Object* reader, fields.object("reader"));
  json::ObjectReader reader_fields(*reader, "reader");
  MIBUN_CHECK(read_reader(reader_fields, receipt));
  MIBUN_TRY(const json::Array* documents, fields.array("documents"));
  MIBUN_TRY(receipt.documents, read_documents(*documents));
  MIBUN_TRY(const std::string_view request, fields.string("request"));
  MIBUN_TRY(receipt.request, base64url::decode(request));
  MIBUN_TRY(const std::string_view transcript, fields.string("session_transcript"));
  MIBUN_TRY(receipt.session_transcript, base64url::decode(transcript));
  MIBUN_CHECK(fields.finish());
  return receipt;
}

bool asks_for(const mdoc::ItemsRequest& items, const ShownElement& element) {
  const std::string& identifier = element.asked_as.empty() ? element.identifier : element.asked_as;
  return std::ranges::any_of(items.name_spaces(), [&](const mdoc::RequestedNameSpace& name_space) {
    return name_space.name == element.name_space && std::ranges::any_of(name_space.elements, [&](const auto& asked) {
             return asked.identifier == identifier && asked.intent_to_retain == element.intent_to_retain;
           });
  });
}

// Everything that was shown stands in the request.
Status check_asked(const NearbyReceipt& receipt, const mdoc::DeviceRequest& request) {
  for (const ShownDocument& document : receipt.documents) {
    const auto asked = std::ranges::find_if(request.doc_requests(), [&](const mdoc::DocRequest& one) {
      return one.unverified_items().doc_type() == document.doc_type;
    });
    if (asked == request.doc_requests().end()) return not_the_readers("documents", "was not asked for");
    for (const ShownElement& element : document.elements) {
      if (!asks_for(asked->unverified_items(), element)) return not_the_readers("documents", "was not asked for");
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(ReaderStanding standing) {
  switch (standing) {
    case ReaderStanding::registered:
      return "registered";
    case ReaderStanding::verified:
      return "verified";
    case ReaderStanding::unknown:
      return "unknown";
  }
  return "";
}

NearbyReceipt make_nearby_receipt(const proximity::AskHolder& agreed, const std::string& name_ja,
                                  const std::string& name_en, const std::optional<oid4vp::Registration>& registration,
                                  Instant at) {
  NearbyReceipt receipt;
  receipt.at = whole_seconds(at);
  receipt.request = agreed.request;
  receipt.session_transcript = agreed.session_transcript;
  if (agreed.reader) {
    receipt.reader = agreed.reader;
    receipt.name_ja = name_ja;
    receipt.name_en = name_en;
    receipt.standing = agreed.is_registered && registration ? ReaderStanding::registered : ReaderStanding::verified;
  }
  if (receipt.standing == ReaderStanding::registered) {
    receipt.purpose = registration->purpose;
    receipt.retention = registration->retention;
  }
  for (const proximity::AskedDocument& document : agreed.documents) {
    ShownDocument shown{.doc_type = document.doc_type, .elements = {}};
    for (const proximity::AskedElement& element : document.elements) {
      const bool same = element.requested_identifier == element.identifier;
      shown.elements.push_back({.name_space = element.name_space,
                                .identifier = element.identifier,
                                .asked_as = same ? std::string() : element.requested_identifier,
                                .intent_to_retain = element.intent_to_retain});
    }
    receipt.documents.push_back(std::move(shown));
  }
  return receipt;
}

std::string to_text(const NearbyReceipt& receipt) {
  json::Object reader{{"standing", to_string(receipt.standing)}};
  if (receipt.reader) {
    reader["name"] = json::Object{{"ja", receipt.name_ja}, {"en", receipt.name_en}};
    reader["certificate"] = base64url::encode(receipt.reader->der());
  }
  if (receipt.purpose) reader["purpose"] = receipt.purpose->to_json();
  if (receipt.retention) reader["retention"] = receipt.retention->to_json();
  return json::serialize(json::Object{{"format", kFormat},
                                      {"version", 1},
                                      {"at", to_jst_string(receipt.at)},
                                      {"arrived", receipt.arrived},
                                      {"reader", std::move(reader)},
                                      {"documents", documents_json(receipt.documents)},
                                      {"request", base64url::encode(receipt.request)},
                                      {"session_transcript", base64url::encode(receipt.session_transcript)}});
}

Result<NearbyReceipt> check_nearby_receipt(std::string_view text) {
  auto receipt = read(text);
  if (!receipt) return fail(ErrorCode::receipt_malformed, receipt.error().where, receipt.error().detail);
  const auto request = mdoc::DeviceRequest::parse(receipt->request);
  if (!request) return fail(ErrorCode::receipt_malformed, "request", std::string(to_string(request.error().code)));
  MIBUN_CHECK(check_asked(*receipt, *request));
  if (!receipt->reader) return receipt;
  for (const mdoc::DocRequest& document : request->doc_requests()) {
    const Status own = mdoc::check_reader_signature(document, receipt->session_transcript, *receipt->reader);
    if (!own) return not_the_readers("request", std::string(to_string(own.error().code)));
  }
  return receipt;
}

bool is_nearby_receipt(std::string_view name) {
  return name.starts_with(kPrefix);
}

Result<std::string> keep_nearby_receipt(const Host& host, const NearbyReceipt& receipt) {
  std::string name = std::string(kPrefix) + make_typed_id(host.rng, kIdBytes);
  MIBUN_CHECK(replace_nearby_receipt(host.store, name, receipt));
  return name;
}

Status replace_nearby_receipt(Store& store, const std::string& name, const NearbyReceipt& receipt) {
  return store.write(name, to_text(receipt));
}

Result<std::vector<KeptNearbyReceipt>> list_nearby_receipts(const Host& host) {
  MIBUN_TRY(const auto names, host.store.names(kPrefix));
  std::vector<KeptNearbyReceipt> kept;
  for (const std::string& name : names) {
    MIBUN_TRY(std::string text, host.store.read(name));
    MIBUN_TRY(NearbyReceipt receipt, check_nearby_receipt(text));
    kept.push_back({name, std::move(text), std::move(receipt)});
  }
  sort(kept, {}, [](const KeptNearbyReceipt& one) { return std::pair(one.receipt.at, std::string_view(one.name)); });
  return kept;
}

}  // namespace mibun::wallet
