#include "core/mdoc/retrieval_method.h"

#include <algorithm>
#include <map>

#include "core/mdoc/cbor_members.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_engagement_malformed;
constexpr std::uint64_t kTypeNfc = 1, kTypeBle = 2, kTypeWifiAware = 3, kVersion = 1;

// ISO/IEC 18013-5, 8.2.1.1
constexpr std::int64_t kNfcCommand = 0, kNfcResponse = 1;
constexpr std::int64_t kBlePeripheral = 0, kBleCentral = 1, kBlePeripheralUuid = 10, kBleCentralUuid = 11,
                       kBleAddress = 20;
constexpr std::int64_t kWifiPassphrase = 0, kWifiOperatingClass = 1, kWifiChannel = 2, kWifiBands = 3;

// Reads an options map: `read` takes a label and the reader, and reads the value or skips it.
template <class Read>
Status read_options(cbor::Reader& reader, Read&& read) {
  MIBUN_TRY(cbor::Items options, typed(reader.enter_map(), kMalformed, "options"));
  while (reader.next(options)) {
    MIBUN_TRY(const std::int64_t label, typed(reader.read_integer(), kMalformed, "options"));
    MIBUN_CHECK(read(label));
  }
  return {};
}

template <class T>
Status keep(std::optional<T>& out, Result<T> read, std::string_view where) {
  MIBUN_TRY(out, typed(std::move(read), kMalformed, where));
  return {};
}

Status skip(cbor::Reader& reader) {
  MIBUN_CHECK(reader.skip());
  return {};
}

Result<RetrievalMethod> read_nfc(cbor::Reader& reader) {
  std::optional<std::uint64_t> command, response;
  MIBUN_CHECK(read_options(reader, [&](std::int64_t label) {
    if (label == kNfcCommand) return keep(command, reader.read_unsigned(), "nfc.0");
    if (label == kNfcResponse) return keep(response, reader.read_unsigned(), "nfc.1");
    return skip(reader);
  }));
  if (!command || !response) return fail(kMalformed, command ? "nfc.1" : "nfc.0", "a length is missing");
  return NfcRetrieval{*command, *response};
}

Result<BleUuid> uuid_of(const std::optional<BytesView>& bytes, std::string_view where) {
  BleUuid uuid{};
  if (!bytes || bytes->size() != uuid.size()) return fail(kMalformed, std::string(where), "a UUID has 16 bytes");
  std::ranges::copy(*bytes, uuid.begin());
  return uuid;
}

Result<RetrievalMethod> read_ble(cbor::Reader& reader) {
  std::optional<bool> peripheral, central;
  std::optional<BytesView> peripheral_uuid, central_uuid, address;
  MIBUN_CHECK(read_options(reader, [&](std::int64_t label) {
    switch (label) {
      case kBlePeripheral:
        return keep(peripheral, reader.read_bool(), "ble.0");
      case kBleCentral:
        return keep(central, reader.read_bool(), "ble.1");
      case kBlePeripheralUuid:
        return keep(peripheral_uuid, reader.read_bytes(), "ble.10");
      case kBleCentralUuid:
        return keep(central_uuid, reader.read_bytes(), "ble.11");
      case kBleAddress:
        return keep(address, reader.read_bytes(), "ble.20");
      default:
        return skip(reader);
    }
  }));
  if (!peripheral || !central) return fail(kMalformed, peripheral ? "ble.1" : "ble.0", "a mode is missing");
  BleRetrieval ble;
  if (*peripheral) {
    MIBUN_TRY(const BleUuid uuid, uuid_of(peripheral_uuid, "ble.10"));
    ble.peripheral_server = {.uuid = uuid};
    if (address) ble.peripheral_server->device_address = to_bytes(*address);
  }
  if (*central) {
    MIBUN_TRY(const BleUuid uuid, uuid_of(central_uuid, "ble.11"));
    ble.central_client = {.uuid = uuid};
  }
  return ble;
}

Result<RetrievalMethod> read_wifi_aware(cbor::Reader& reader) {
  WifiAwareRetrieval wifi;
  std::optional<std::string_view> passphrase;
  std::optional<BytesView> bands;
  MIBUN_CHECK(read_options(reader, [&](std::int64_t label) {
    switch (label) {
      case kWifiPassphrase:
        return keep(passphrase, reader.read_text(), "wifi.0");
      case kWifiOperatingClass:
        return keep(wifi.operating_class, reader.read_unsigned(), "wifi.1");
      case kWifiChannel:
        return keep(wifi.channel, reader.read_unsigned(), "wifi.2");
      case kWifiBands:
        return keep(bands, reader.read_bytes(), "wifi.3");
      default:
        return skip(reader);
    }
  }));
  if (passphrase) wifi.passphrase = std::string(*passphrase);
  if (bands) wifi.supported_bands = to_bytes(*bands);
  return wifi;
}

void write(cbor::Writer& writer, const NfcRetrieval& nfc) {
  writer.unsigned_integer(kTypeNfc).unsigned_integer(kVersion).map(2);
  writer.integer(kNfcCommand).unsigned_integer(nfc.command_bytes_max);
  writer.integer(kNfcResponse).unsigned_integer(nfc.response_bytes_max);
}

void write(cbor::Writer& writer, const BleRetrieval& ble) {
  const auto& peripheral = ble.peripheral_server;
  const bool has_address = peripheral && peripheral->device_address;
  writer.unsigned_integer(kTypeBle).unsigned_integer(kVersion);
  writer.map(2U + (peripheral ? 1U : 0U) + (ble.central_client ? 1U : 0U) + (has_address ? 1U : 0U));
  writer.integer(kBlePeripheral).boolean(peripheral.has_value());
  writer.integer(kBleCentral).boolean(ble.central_client.has_value());
  if (peripheral) writer.integer(kBlePeripheralUuid).bytes(peripheral->uuid);
  if (ble.central_client) writer.integer(kBleCentralUuid).bytes(ble.central_client->uuid);
  if (has_address) writer.integer(kBleAddress).bytes(*peripheral->device_address);
}

void write(cbor::Writer& writer, const WifiAwareRetrieval& wifi) {
  writer.unsigned_integer(kTypeWifiAware).unsigned_integer(kVersion);
  writer.map((wifi.passphrase ? 1U : 0U) + (wifi.operating_class ? 1U : 0U) + (wifi.channel ? 1U : 0U) +
             (wifi.supported_bands ? 1U : 0U));
  if (wifi.passphrase) writer.integer(kWifiPassphrase).text(*wifi.passphrase);
  if (wifi.operating_class) writer.integer(kWifiOperatingClass).unsigned_integer(*wifi.operating_class);
  if (wifi.channel) writer.integer(kWifiChannel).unsigned_integer(*wifi.channel);
  if (wifi.supported_bands) writer.integer(kWifiBands).bytes(*wifi.supported_bands);
}

void write(cbor::Writer& writer, const OtherRetrieval& other) {
  MIBUN_INVARIANT(cbor::check_well_formed(other.options, cbor::Form::well_formed).has_value());
  writer.unsigned_integer(other.type).unsigned_integer(other.version).raw(other.options);
}

}  // namespace

Result<RetrievalMethod> read_retrieval_method(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Reader own, reader.split());
  MIBUN_TRY(cbor::Items elements, typed(own.enter_array(), kMalformed, "method"));
  if (!own.next(elements)) return fail(kMalformed, "method.type");
  MIBUN_TRY(const std::uint64_t type, typed(own.read_unsigned(), kMalformed, "method.type"));
  if (!own.next(elements)) return fail(kMalformed, "method.version");
  MIBUN_TRY(const std::uint64_t version, typed(own.read_unsigned(), kMalformed, "method.version"));
  if (!own.next(elements)) return fail(kMalformed, "method.options");
  Result<RetrievalMethod> method = fail(kMalformed);
  if (version == kVersion && type == kTypeNfc) {
    method = read_nfc(own);
  } else if (version == kVersion && type == kTypeBle) {
    method = read_ble(own);
  } else if (version == kVersion && type == kTypeWifiAware) {
    method = read_wifi_aware(own);
  } else {
    MIBUN_TRY(const BytesView options, own.skip());
    method = OtherRetrieval{type, version, to_bytes(options)};
  }
  if (method.has_value() && own.next(elements)) return fail(kMalformed, "method", "more than three elements");
  return method;
}

void write_retrieval_method(cbor::Writer& writer, const RetrievalMethod& method) {
  writer.array(3);
  std::visit([&](const auto& value) { write(writer, value); }, method);
}

}  // namespace mibun::mdoc
