#include "core/mdoc/element_value.h"

#include "core/codecs/cbor.h"
#include "core/mdoc/date_time.h"

namespace mibun::mdoc::value {
namespace {

using Members = std::vector<std::pair<std::string, Bytes>>;

Bytes encode(const DrivingPrivilege::Code& code) {
  Members members{{"code", text(code.code)}};
  if (code.sign) members.emplace_back("sign", text(*code.sign));
  if (code.value) members.emplace_back("value", text(*code.value));
  return map(members);
}

Bytes encode(const DrivingPrivilege& privilege) {
  Members members{{"vehicle_category_code", text(privilege.vehicle_category_code)}};
  if (privilege.issue_date) members.emplace_back("issue_date", full_date(*privilege.issue_date));
  if (privilege.expiry_date) members.emplace_back("expiry_date", full_date(*privilege.expiry_date));
  if (!privilege.codes.empty()) {
    std::vector<Bytes> codes;
    for (const DrivingPrivilege::Code& code : privilege.codes) codes.push_back(encode(code));
    members.emplace_back("codes", array(codes));
  }
  return map(members);
}

}  // namespace

Bytes text(std::string_view value) {
  return cbor::Writer().text(value).take();
}

Bytes unsigned_integer(std::uint64_t value) {
  return cbor::Writer().unsigned_integer(value).take();
}

Bytes boolean(bool value) {
  return cbor::Writer().boolean(value).take();
}

Bytes bytes(BytesView value) {
  return cbor::Writer().bytes(value).take();
}

Bytes full_date(const CalendarDate& date) {
  return cbor::Writer().tag(kTagFullDate).text(date.to_string()).take();
}

Bytes tdate(Instant instant) {
  cbor::Writer writer;
  writer.reserve(24);
  return writer.tag(kTagDateTime).text(to_utc_string(instant)).take();
}

Bytes array(std::span<const Bytes> elements) {
  cbor::Writer writer;
  writer.array(elements.size());
  for (const Bytes& element : elements) writer.raw(element);
  return writer.take();
}

Bytes map(std::span<const std::pair<std::string, Bytes>> members) {
  std::vector<std::pair<Bytes, Bytes>> pairs;
  for (const auto& [name, value] : members) pairs.emplace_back(text(name), value);
  return cbor::Writer().sorted_map(std::move(pairs)).take();
}

Bytes driving_privileges(std::span<const DrivingPrivilege> privileges) {
  std::vector<Bytes> encoded;
  for (const DrivingPrivilege& privilege : privileges) encoded.push_back(encode(privilege));
  return array(encoded);
}

}  // namespace mibun::mdoc::value
