#include "core/status_list/status_list.h"

#include <string>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"

namespace mibun::status_list {
namespace {

Status check_bits(std::int64_t bits) {
  if (bits == 1 || bits == 2 || bits == 4 || bits == 8) return {};
  return fail(ErrorCode::status_list_bits_not_allowed, "status_list.bits", "bits is 1, 2, 4 or 8");
}

}  // namespace

Result<StatusList> StatusList::make(unsigned bits, std::uint64_t entries) {
  MIBUN_CHECK(check_bits(bits));
  if (entries > kInflatedBytesMax * 8 / bits) {
    return fail(ErrorCode::status_list_malformed, "status_list", "more entries than a list may hold");
  }
  return from_bytes(bits, Bytes(static_cast<std::size_t>((entries * bits + 7) / 8)));
}

Result<StatusList> StatusList::from_bytes(unsigned bits, Bytes bytes) {
  MIBUN_CHECK(check_bits(bits));
  if (bytes.empty() || bytes.size() > kInflatedBytesMax) {
    return fail(ErrorCode::status_list_malformed, "status_list.lst", "the list is empty or too large");
  }
  return StatusList(bits, std::move(bytes));
}

Result<StatusList> StatusList::from_parts(std::int64_t bits, BytesView compressed,
                                          std::optional<std::string_view> aggregation_uri) {
  MIBUN_CHECK(check_bits(bits));
  MIBUN_TRY(Bytes bytes, zlib::inflate(compressed, kInflatedBytesMax));
  MIBUN_TRY(StatusList list, from_bytes(static_cast<unsigned>(bits), std::move(bytes)));
  if (aggregation_uri) {
    if (aggregation_uri->size() > kAggregationUriBytesMax || !HttpsUrl::parse(*aggregation_uri)) {
      return fail(ErrorCode::status_list_malformed, "status_list.aggregation_uri", "an https URL");
    }
    list.aggregation_uri_ = *aggregation_uri;
  }
  return list;
}

Result<StatusList> StatusList::parse(const json::Object& status_list) {
  json::ObjectReader reader(status_list, "status_list");
  MIBUN_TRY(const std::int64_t bits, reader.integer("bits"));
  MIBUN_CHECK(check_bits(bits));
  MIBUN_TRY(const std::string_view encoded, reader.string("lst"));
  MIBUN_TRY(const auto aggregation_uri, reader.optional_string("aggregation_uri"));
  MIBUN_TRY(const Bytes compressed, base64url::decode(encoded));
  return from_parts(bits, compressed, aggregation_uri);
}

Result<StatusList> StatusList::read_cbor(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  std::optional<std::int64_t> bits;
  std::optional<BytesView> compressed;
  std::optional<std::string_view> aggregation_uri;
  while (reader.next(pairs)) {
    if (!reader.next_is(cbor::Major::text_string)) {
      MIBUN_CHECK(reader.skip());
      MIBUN_CHECK(reader.skip());
      continue;
    }
    MIBUN_TRY(const std::string_view name, reader.read_text());
    if (name == "bits") {
      MIBUN_TRY(bits, reader.read_integer());
    } else if (name == "lst") {
      MIBUN_TRY(compressed, reader.read_bytes());
    } else if (name == "aggregation_uri") {
      MIBUN_TRY(aggregation_uri, reader.read_text());
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  if (!bits || !compressed) return fail(ErrorCode::status_list_malformed, "status_list", "bits or lst is missing");
  return from_parts(*bits, *compressed, aggregation_uri);
}

Result<std::uint8_t> StatusList::get(std::uint64_t index) const {
  if (index >= size()) return fail(ErrorCode::status_list_index_out_of_range, "status_list.idx");
  const std::uint64_t bit = index * bits_;
  const unsigned mask = (1U << bits_) - 1;
  return static_cast<std::uint8_t>((static_cast<unsigned>(bytes_[static_cast<std::size_t>(bit / 8)]) >> (bit % 8)) &
                                   mask);
}

Status StatusList::set(std::uint64_t index, std::uint8_t value) {
  if (index >= size()) return fail(ErrorCode::status_list_index_out_of_range, "status_list.idx");
  const unsigned mask = (1U << bits_) - 1;
  if (value > mask) return fail(ErrorCode::invalid_argument, "status_list", "the value needs more bits");
  const std::uint64_t bit = index * bits_;
  const unsigned shift = static_cast<unsigned>(bit % 8);
  std::uint8_t& byte = bytes_[static_cast<std::size_t>(bit / 8)];
  byte = static_cast<std::uint8_t>((byte & ~(mask << shift)) | (static_cast<unsigned>(value) << shift));
  return {};
}

CompressedStatusList StatusList::compress(Effort effort) const {
  return {bits_, zlib::deflate(bytes_, effort), aggregation_uri_};
}

json::Object CompressedStatusList::to_json() const {
  json::Object object;
  object["bits"] = bits;
  object["lst"] = base64url::encode(compressed);
  if (!aggregation_uri.empty()) object["aggregation_uri"] = aggregation_uri;
  return object;
}

Bytes CompressedStatusList::to_cbor() const {
  cbor::Writer writer;
  writer.map(aggregation_uri.empty() ? 2 : 3).text("lst").bytes(compressed).text("bits").unsigned_integer(bits);
  if (!aggregation_uri.empty()) writer.text("aggregation_uri").text(aggregation_uri);
  return writer.take();
}

}  // namespace mibun::status_list
