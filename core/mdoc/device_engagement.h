#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mdoc/ephemeral_key.h"

// ISO/IEC 18013-5, 8.2.1: how a device says who it is and where it can be reached, in a QR code or over NFC.
namespace mibun::mdoc {

inline constexpr std::size_t kEngagementBytesMax = std::size_t{8} * 1024;  // a QR code holds less than 3 KiB
inline constexpr std::size_t kRetrievalMethodsMax = 16;
inline constexpr std::string_view kEngagementScheme = "mdoc:";

using BleUuid = std::array<std::uint8_t, 16>;  // big-endian, variant 1

// [1, 1, {0: uint, 1: uint}]
struct NfcRetrieval {
  std::uint64_t command_bytes_max = 0;   // longest command data field
  std::uint64_t response_bytes_max = 0;  // longest response data field
  friend bool operator==(const NfcRetrieval&, const NfcRetrieval&) = default;
};

// [2, 1, {0: bool, 1: bool, ? 10: uuid, ? 11: uuid, ? 20: bstr}]. A mode that the device offers has its UUID.
struct BleRetrieval {
  struct PeripheralServer {
    BleUuid uuid{};
    std::optional<Bytes> device_address;
    friend bool operator==(const PeripheralServer&, const PeripheralServer&) = default;
  };
  struct CentralClient {
    BleUuid uuid{};
    friend bool operator==(const CentralClient&, const CentralClient&) = default;
  };
  std::optional<PeripheralServer> peripheral_server;
  std::optional<CentralClient> central_client;
  friend bool operator==(const BleRetrieval&, const BleRetrieval&) = default;
};

// [3, 1, {? 0: tstr, ? 1: uint, ? 2: uint, ? 3: bstr}]
struct WifiAwareRetrieval {
  std::optional<std::string> passphrase;
  std::optional<std::uint64_t> operating_class, channel;
  std::optional<Bytes> supported_bands;
  friend bool operator==(const WifiAwareRetrieval&, const WifiAwareRetrieval&) = default;
};

// A type or a version this code does not know: kept as it came, for the reader to pass over.
struct OtherRetrieval {
  std::uint64_t type = 0, version = 0;
  Bytes options;  // one CBOR item
  friend bool operator==(const OtherRetrieval&, const OtherRetrieval&) = default;
};

using RetrievalMethod = std::variant<NfcRetrieval, BleRetrieval, WifiAwareRetrieval, OtherRetrieval>;

// [uint, tstr, tstr]: asking the issuing authority instead of the device.
struct ServerRetrieval {
  std::uint64_t version = 1;
  std::string issuer_url, token;
  friend bool operator==(const ServerRetrieval&, const ServerRetrieval&) = default;
};

// DeviceEngagement = {
//   0: tstr,                                  "1.0"; another 1.x is read the same way
//   1: [1, EDeviceKeyBytes],                  cipher suite 1 is the only one
//   ? 2: [+ [uint, uint, RetrievalOptions]],  absent in NFC engagement
//   ? 3: {? "webApi": [...], ? "oidc": [...]},
//   ? 4: any,                                 ProtocolInfo, reserved
//   * int => any }                            passed over
class DeviceEngagement {
 public:
  struct Parts {
    std::vector<RetrievalMethod> retrieval_methods;  // empty: left out
    std::optional<ServerRetrieval> web_api, oidc;
  };
  // At most kRetrievalMethodsMax methods, no OtherRetrieval whose options are not one CBOR item (our own bug).
  static DeviceEngagement make(const EphemeralKey& device_key, const Parts& parts);
  // `encoded`: one CBOR item and nothing after it; copied. Errors: mdoc_engagement_malformed,
  // mdoc_engagement_version_not_supported, mdoc_engagement_cipher_suite_not_supported, mdoc_engagement_too_large,
  // those of EphemeralKey::parse and cbor::Reader.
  static Result<DeviceEngagement> parse(BytesView encoded);
  // "mdoc:" and base64url without padding, as a QR code holds it. The scheme may come in capitals (RFC 3986, 3.1).
  // Errors: mdoc_engagement_text_malformed, those of parse().
  static Result<DeviceEngagement> parse_text(std::string_view text);

  std::string text() const;                       // for a QR code
  BytesView encoded() const { return encoded_; }  // as it arrived
  const std::string& version() const { return version_; }
  const EphemeralKey& device_key() const { return device_key_; }
  const std::vector<RetrievalMethod>& retrieval_methods() const { return parts_.retrieval_methods; }
  const std::optional<ServerRetrieval>& web_api() const { return parts_.web_api; }
  const std::optional<ServerRetrieval>& oidc() const { return parts_.oidc; }
  const std::optional<Bytes>& protocol_info() const { return protocol_info_; }  // one CBOR item

  // What a reader shows in its Ident characteristic (8.3.3.1.1.3), so that a device knows it met the right one:
  // HKDF-SHA-256 of EDeviceKeyBytes with "BLEIdent".
  std::array<std::uint8_t, 16> ble_ident() const;

 private:
  explicit DeviceEngagement(EphemeralKey device_key) : device_key_(std::move(device_key)) {}
  Bytes encoded_;
  std::string version_;
  EphemeralKey device_key_;
  Parts parts_;
  std::optional<Bytes> protocol_info_;
};

}  // namespace mibun::mdoc
