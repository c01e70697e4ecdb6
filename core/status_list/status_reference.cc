#include "core/status_list/status_reference.h"

#include <utility>

#include "core/codecs/url.h"

namespace mibun::status_list {
namespace {

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::status_reference_malformed, std::move(where), std::move(detail));
}

// A status in a form that we cannot check must not pass as "no status".
Result<const json::Object*> status_list_member(const json::Value& status) {
  const json::Object* object = status.if_object();
  if (object == nullptr) return malformed("status", "status is an object");
  const json::Value* member = object->if_contains("status_list");
  if (member == nullptr || !member->is_object()) {
    return malformed("status.status_list", "the only status mechanism known here is status_list");
  }
  return &member->get_object();
}

bool is_uri(std::string_view text) {
  return text.size() <= kUriBytesMax && HttpsUrl::parse(text).has_value();
}

constexpr std::int64_t kCwtIssuer = 1, kCwtStatus = 65535;  // RFC 8392, section 3.1.1; Token Status List, section 6.3

// StatusListInfo = {"idx": uint, "uri": tstr}
Result<StatusReference> read_status_list_info(cbor::Reader& reader) {
  constexpr const char* kPlace = "status.status_list";
  if (!reader.next_is(cbor::Major::map)) return malformed(kPlace, "status_list is a map");
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  std::optional<std::uint64_t> index;
  std::optional<std::string_view> uri;
  while (reader.next(pairs)) {
    if (!reader.next_is(cbor::Major::text_string)) return malformed(kPlace, "a name is a text");
    MIBUN_TRY(const std::string_view name, reader.read_text());
    if (name == "idx") {
      if (!reader.next_is(cbor::Major::unsigned_integer)) return malformed("status.status_list.idx", "idx is unsigned");
      MIBUN_TRY(index, reader.read_unsigned());
    } else if (name == "uri") {
      if (!reader.next_is(cbor::Major::text_string)) return malformed("status.status_list.uri", "uri is a text");
      MIBUN_TRY(uri, reader.read_text());
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  if (!index) return malformed("status.status_list.idx", "idx is missing");
  if (!uri || !is_uri(*uri)) return malformed("status.status_list.uri", "uri is an https URL");
  return StatusReference{.uri = std::string(*uri), .index = *index, .issuer = std::nullopt};
}

}  // namespace

Result<StatusReference> StatusReference::read_cbor(cbor::Reader& reader) {
  if (!reader.next_is(cbor::Major::map)) return malformed("status", "status is a map");
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  std::optional<StatusReference> reference;
  while (reader.next(pairs)) {
    if (!reader.next_is(cbor::Major::text_string)) return malformed("status", "a mechanism's name is a text");
    MIBUN_TRY(const std::string_view mechanism, reader.read_text());
    if (mechanism == "status_list") {
      MIBUN_TRY(reference, read_status_list_info(reader));
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  if (!reference) return malformed("status.status_list", "the only status mechanism known here is status_list");
  return std::move(*reference);
}

Result<std::optional<StatusReference>> StatusReference::parse_cwt_claims(BytesView claims) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(claims, cbor::Form::well_formed, {}, &chunks);
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  std::optional<StatusReference> reference;
  std::optional<std::string> issuer;
  while (reader.next(pairs)) {
    if (reader.next_is(cbor::Major::text_string)) {
      MIBUN_CHECK(reader.skip());
      MIBUN_CHECK(reader.skip());
      continue;
    }
    const auto label = reader.read_integer();
    if (!label) return malformed("claims", "a label is an integer or a text");
    if (*label == kCwtStatus) {
      MIBUN_TRY(reference, read_cbor(reader));
    } else if (*label == kCwtIssuer) {
      if (!reader.next_is(cbor::Major::text_string)) return malformed("iss", "iss is a text");
      MIBUN_TRY(issuer, reader.read_text());
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (reference) reference->issuer = issuer;
  return reference;
}

Bytes StatusReference::to_cbor() const {
  cbor::Writer writer;
  writer.map(1).text("status_list").map(2).text("idx").unsigned_integer(index).text("uri").text(uri);
  return writer.take();
}

Result<std::optional<StatusReference>> StatusReference::parse(const json::Object& claims) {
  const json::Value* status = claims.if_contains("status");
  if (status == nullptr) return std::nullopt;
  MIBUN_TRY(const json::Object* const list, status_list_member(*status));

  StatusReference reference;
  const json::Value* index = list->if_contains("idx");
  if (index != nullptr && index->is_int64() && index->get_int64() >= 0) {
    reference.index = static_cast<std::uint64_t>(index->get_int64());
  } else if (index != nullptr && index->is_uint64()) {
    reference.index = index->get_uint64();
  } else {
    return malformed("status.status_list.idx", "idx is a non-negative integer");
  }
  const json::Value* uri = list->if_contains("uri");
  if (uri == nullptr || !uri->is_string()) {
    return malformed("status.status_list.uri", "uri is a string");
  }
  reference.uri = std::string(uri->get_string());
  if (!is_uri(reference.uri)) return malformed("status.status_list.uri", "uri is an https URL");

  if (const json::Value* issuer = claims.if_contains("iss"); issuer != nullptr) {
    if (!issuer->is_string()) return malformed("iss", "iss is a string");
    reference.issuer = std::string(issuer->get_string());
  }
  return reference;
}

json::Object StatusReference::to_json() const {
  json::Object list;
  list["idx"] = index;
  list["uri"] = uri;
  json::Object status;
  status["status_list"] = std::move(list);
  return status;
}

}  // namespace mibun::status_list
