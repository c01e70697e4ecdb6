#include "wallet/devices.h"

#include <algorithm>
#include <array>

#include "core/codecs/jst_time.h"

namespace mibun::wallet {
namespace {

struct Words {
  std::string_view name, ja, en;
};

// Authenticators by their makers' AAGUIDs; the first is our own wallet in a terminal. The others were compared with the
// community's list, github.com/passkeydeveloper/passkey-authenticator-aaguids, aaguid.json at 47b6f84 (2026-08-07): all
// seven stand there under these makers. The names are what the makers call it where a person meets it.
constexpr auto kModels = std::to_array<Words>({
    {"68982f61-b620-4146-be54-ba78a494d0f1", "mibun ターミナル版", "mibun in a terminal"},
    {"ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google パスワード マネージャー", "Google Password Manager"},
    {"adce0002-35bc-c60a-648b-0b25f1f05503", "Mac の Chrome", "Chrome on a Mac"},
    {"fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple パスワード (iCloud)", "Apple Passwords (iCloud)"},
    {"dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "Apple パスワード (組織が管理)", "Apple Passwords (managed)"},
    {"08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello", "Windows Hello"},
    {"9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello", "Windows Hello"},
    {"6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello", "Windows Hello"},
});

constexpr auto kWays = std::to_array<Words>({
    {"internal", "端末に内蔵", "Built into the device"},
    {"usb", "USB", "USB"},
    {"nfc", "NFC", "NFC"},
    {"ble", "Bluetooth", "Bluetooth"},
    {"smart-card", "IC カード", "Smart card"},
    {"hybrid", "別のスマートフォンから", "From another phone"},
});

Label label(const Words& words) {
  return {std::string(words.ja), std::string(words.en)};
}

constexpr Words kNotRecorded{"", "記録がありません", "Not recorded"};

Result<std::optional<Instant>> optional_time(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const auto text, reader.optional_string(name));
  if (!text) return std::optional<Instant>();
  MIBUN_TRY(const Instant at, parse_jst(*text));
  return std::optional(at);
}

Result<AccountDevice> read_device(const json::Object& object) {
  json::ObjectReader reader(object, "device");
  AccountDevice device;
  MIBUN_TRY(device.since, optional_time(reader, "since"));
  MIBUN_TRY(device.moved_at, optional_time(reader, "moved_at"));
  MIBUN_TRY(const auto day, reader.optional_string("last_used_on"));
  if (day) {
    MIBUN_TRY(device.last_used_on, CalendarDate::parse(*day));
  }
  MIBUN_TRY(const auto aaguid, reader.optional_string("aaguid"));
  if (aaguid) device.aaguid = *aaguid;
  MIBUN_TRY(device.backup_eligible, reader.boolean("backup_eligible"));
  MIBUN_TRY(const json::Array* transports, reader.optional_array("transports"));
  device.known = transports != nullptr;
  if (!device.known) return device;
  MIBUN_TRY(device.transports, json::string_array(*transports, "device.transports"));
  MIBUN_TRY(device.backed_up, reader.boolean("backed_up"));
  return device;
}

}  // namespace

Label AccountDevice::kind() const {
  const auto model = std::ranges::find(kModels, aaguid, &Words::name);
  if (model != kModels.end()) return label(*model);
  const auto has = [&](std::string_view way) { return std::ranges::find(transports, way) != transports.end(); };
  if (has("internal"))
    return {"端末の画面ロック (指紋・顔・PIN)", "The device's screen lock (fingerprint, face or PIN)"};
  if (has("usb") || has("nfc") || has("ble") || has("smart-card")) return {"セキュリティキー", "Security key"};
  if (has("hybrid")) return {"別のスマートフォン", "Another phone"};
  return label(kNotRecorded);
}

Label AccountDevice::backup() const {
  if (!known) return label(kNotRecorded);
  if (backed_up)
    return {"あり (パスキーの提供元が、ほかの端末にも複製しています)",
            "Yes (its maker copies it to your other devices)"};
  if (backup_eligible) return {"なし (提供元の設定で複製できます)", "No (its maker could copy it)"};
  return {"なし (この端末の外に出ません)", "No (it never leaves the device)"};
}

std::vector<Label> AccountDevice::ways() const {
  std::vector<Label> words;
  for (const Words& way : kWays) {
    if (std::ranges::find(transports, way.name) != transports.end()) words.push_back(label(way));
  }
  return words;
}

Result<AccountDevices> fetch_devices(ServerApi& api, Profile& profile) {
  MIBUN_TRY(const auto answer, api.account_request(profile, "GET", "/api/v1/account/devices", "", "", "devices"));
  json::ObjectReader reader(answer.body, "devices");
  AccountDevices devices;
  MIBUN_TRY(const json::Object* device, reader.object("device"));
  MIBUN_TRY(devices.device, read_device(*device));
  MIBUN_TRY(const json::Array* former, reader.array("former"));
  for (const json::Value& row : *former) {
    if (!row.is_object()) return fail(ErrorCode::json_wrong_type, "devices.former");
    MIBUN_TRY(AccountDevice one, read_device(row.get_object()));
    devices.former.push_back(std::move(one));
  }
  return devices;
}

}  // namespace mibun::wallet
