#include "server/registration/devices.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace mibun::server {
namespace {

// WebAuthn Level 3, section 5.8.4.
constexpr auto kTransports = std::to_array<std::string_view>({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"});

// "6898 2f61 ..." -> "68982f61-b620-4146-...": RFC 9562, section 4.
std::string uuid_of(BytesView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

std::string date_of(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return CalendarDate{static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day())}
      .to_string();
}

json::Array words_of(std::string_view text) {
  json::Array words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    words.emplace_back(std::string(text.substr(0, space)));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

}  // namespace

Authenticator authenticator_of(const fido::RegisteredCredential& credential,
                               const std::vector<std::string>& transports) {
  Authenticator authenticator{
      .aaguid = to_bytes(credential.aaguid()), .transports = {}, .backed_up = credential.backup_state()};
  for (const std::string_view known : kTransports) {
    if (std::ranges::find(transports, known) == transports.end()) continue;
    if (!authenticator.transports.empty()) authenticator.transports += ' ';
    authenticator.transports += known;
  }
  return authenticator;
}

std::int64_t day_in_japan(Instant now) {
  constexpr std::int64_t kAhead = 9 * 3600;
  return std::chrono::floor<std::chrono::days>(std::chrono::seconds(now.unix_seconds() + kAhead)).count();
}

json::Object to_json(const registration_store::DeviceRow& device) {
  json::Object object{{"backup_eligible", device.backup_eligible}};
  if (device.since) object["since"] = to_jst_string(*device.since);
  if (device.last_used_day) object["last_used_on"] = date_of(*device.last_used_day);
  if (device.moved_at) object["moved_at"] = to_jst_string(*device.moved_at);
  if (!device.known) return object;
  object["transports"] = words_of(device.authenticator.transports);
  object["backed_up"] = device.authenticator.backed_up;
  const Bytes& aaguid = device.authenticator.aaguid;
  const bool says = std::ranges::any_of(aaguid, [](std::uint8_t byte) { return byte != 0; });
  if (says) object["aaguid"] = uuid_of(aaguid);
  return object;
}

}  // namespace mibun::server
