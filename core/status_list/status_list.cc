#include "core/status_list/status_list.h"

#include <string>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/zlib.h"

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

Result<StatusList> StatusList::parse(const json::Object& status_list) {
  json::ObjectReader reader(status_list, "status_list");
  MIBUN_TRY(const std::int64_t bits, reader.integer("bits"));
  MIBUN_CHECK(check_bits(bits));
  MIBUN_TRY(const std::string_view encoded, reader.string("lst"));
  MIBUN_TRY(const Bytes compressed, base64url::decode(encoded));
  MIBUN_TRY(Bytes bytes, zlib::inflate(compressed, kInflatedBytesMax));
  return from_bytes(static_cast<unsigned>(bits), std::move(bytes));
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

json::Object StatusList::to_json() const {
  json::Object object;
  object["bits"] = bits_;
  object["lst"] = base64url::encode(zlib::deflate(bytes_));
  return object;
}

}  // namespace mibun::status_list
