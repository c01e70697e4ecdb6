#include "core/mdoc/device_engagement.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"
#include "core/mdoc/cbor_members.h"
#include "core/mdoc/retrieval_method.h"
#include "core/mdoc/structure_version.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_engagement_malformed;
constexpr std::int64_t kVersion = 0, kSecurity = 1, kDeviceRetrieval = 2, kServerRetrieval = 3, kProtocolInfo = 4;
constexpr std::uint64_t kCipherSuite1 = 1;
constexpr std::string_view kWebApi = "webApi", kOidc = "oidc";
constexpr std::size_t kTextMax = kEngagementScheme.size() + (kEngagementBytesMax * 4 + 2) / 3;
constexpr cbor::Limits kLimits{.depth_max = 16, .items_max = 512, .bytes_max = kEngagementBytesMax};

// [cipher suite, EDeviceKeyBytes]
Result<EphemeralKey> read_security(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Reader own, reader.split());
  MIBUN_TRY(cbor::Items elements, typed(own.enter_array(), kMalformed, "security"));
  if (!own.next(elements)) return fail(kMalformed, "security.cipher_suite");
  MIBUN_TRY(const std::uint64_t suite, typed(own.read_unsigned(), kMalformed, "security.cipher_suite"));
  if (suite != kCipherSuite1) return fail(ErrorCode::mdoc_engagement_cipher_suite_not_supported, "security");
  if (!own.next(elements)) return fail(kMalformed, "security.key");
  MIBUN_TRY(const BytesView item, own.skip());
  MIBUN_TRY(EphemeralKey key, EphemeralKey::parse(item));
  if (own.next(elements)) return fail(kMalformed, "security", "more than two elements");
  return key;
}

Result<std::vector<RetrievalMethod>> read_methods(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Items elements, typed(reader.enter_array(), kMalformed, "device_retrieval"));
  std::vector<RetrievalMethod> methods;
  while (reader.next(elements)) {
    if (methods.size() == kRetrievalMethodsMax) return fail(ErrorCode::mdoc_engagement_too_large, "device_retrieval");
    MIBUN_TRY(RetrievalMethod method, read_retrieval_method(reader));
    methods.push_back(std::move(method));
  }
  if (methods.empty()) return fail(kMalformed, "device_retrieval", "an empty list is left out");
  return methods;
}

// [uint, tstr, tstr]
Result<ServerRetrieval> read_server(cbor::Reader& reader, std::string_view where) {
  MIBUN_TRY(cbor::Reader own, reader.split());
  MIBUN_TRY(cbor::Items elements, typed(own.enter_array(), kMalformed, where));
  ServerRetrieval server;
  if (!own.next(elements)) return fail(kMalformed, std::string(where));
  MIBUN_TRY(server.version, typed(own.read_unsigned(), kMalformed, where));
  for (std::string* text : {&server.issuer_url, &server.token}) {
    if (!own.next(elements)) return fail(kMalformed, std::string(where));
    MIBUN_TRY(const std::string_view read, typed(own.read_text(), kMalformed, where));
    *text = read;
  }
  if (own.next(elements)) return fail(kMalformed, std::string(where), "more than three elements");
  return server;
}

Status read_servers(cbor::Reader& reader, DeviceEngagement::Parts& parts) {
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, "server_retrieval"));
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, "server_retrieval"));
    if (name == kWebApi) {
      MIBUN_TRY(parts.web_api, read_server(reader, kWebApi));
    } else if (name == kOidc) {
      MIBUN_TRY(parts.oidc, read_server(reader, kOidc));
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  return {};
}

void write_server(cbor::Writer& writer, std::string_view name, const ServerRetrieval& server) {
  writer.text(name).array(3).unsigned_integer(server.version).text(server.issuer_url).text(server.token);
}

Bytes encode(const EphemeralKey& key, const DeviceEngagement::Parts& parts) {
  const bool has_methods = !parts.retrieval_methods.empty();
  const unsigned servers = (parts.web_api ? 1U : 0U) + (parts.oidc ? 1U : 0U);
  cbor::Writer writer;
  writer.map(2U + (has_methods ? 1U : 0U) + (servers > 0 ? 1U : 0U));
  writer.integer(kVersion).text("1.0");
  writer.integer(kSecurity).array(2).unsigned_integer(kCipherSuite1).raw(key.item());
  if (has_methods) {
    writer.integer(kDeviceRetrieval).array(parts.retrieval_methods.size());
    for (const RetrievalMethod& method : parts.retrieval_methods) write_retrieval_method(writer, method);
  }
  if (servers > 0) {
    writer.integer(kServerRetrieval).map(servers);
    if (parts.oidc) write_server(writer, kOidc, *parts.oidc);
    if (parts.web_api) write_server(writer, kWebApi, *parts.web_api);
  }
  return writer.take();
}

bool has_scheme(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= kEngagementScheme.size() &&
         std::ranges::equal(text.substr(0, kEngagementScheme.size()), kEngagementScheme, {}, lower);
}

}  // namespace

DeviceEngagement DeviceEngagement::make(const EphemeralKey& device_key, const Parts& parts) {
  MIBUN_INVARIANT(parts.retrieval_methods.size() <= kRetrievalMethodsMax);
  DeviceEngagement engagement(device_key);
  engagement.encoded_ = encode(device_key, parts);
  MIBUN_INVARIANT(engagement.encoded_.size() <= kEngagementBytesMax);
  engagement.version_ = "1.0";
  engagement.parts_ = parts;
  return engagement;
}

Result<DeviceEngagement> DeviceEngagement::parse(BytesView encoded) {
  if (encoded.size() > kEngagementBytesMax) return fail(ErrorCode::mdoc_engagement_too_large);
  cbor::ChunkStore chunks;
  cbor::Reader reader(encoded, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, ""));
  std::optional<std::string_view> version;
  std::optional<EphemeralKey> key;
  Parts parts;
  std::optional<Bytes> protocol_info;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::int64_t label, typed(reader.read_integer(), kMalformed, "label"));
    switch (label) {
      case kVersion: {
        MIBUN_TRY(version, typed(reader.read_text(), kMalformed, "version"));
        MIBUN_CHECK(check_structure_version(*version, ErrorCode::mdoc_engagement_version_not_supported));
        break;
      }
      case kSecurity: {
        MIBUN_TRY(key, read_security(reader));
        break;
      }
      case kDeviceRetrieval: {
        MIBUN_TRY(parts.retrieval_methods, read_methods(reader));
        break;
      }
      case kServerRetrieval:
        MIBUN_CHECK(read_servers(reader, parts));
        break;
      case kProtocolInfo: {
        MIBUN_TRY(const BytesView info, reader.skip());
        protocol_info = to_bytes(info);
        break;
      }
      default:
        MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (!version || !key) return fail(kMalformed, version ? "security" : "version", "a member is missing");
  DeviceEngagement engagement(std::move(*key));
  engagement.encoded_ = to_bytes(encoded);
  engagement.version_ = *version;
  engagement.parts_ = std::move(parts);
  engagement.protocol_info_ = std::move(protocol_info);
  return engagement;
}

Result<DeviceEngagement> DeviceEngagement::parse_text(std::string_view text) {
  if (!has_scheme(text)) {
    return fail(ErrorCode::mdoc_engagement_text_malformed, "scheme", "a device engagement begins with mdoc:");
  }
  if (text.size() > kTextMax) return fail(ErrorCode::mdoc_engagement_too_large);
  const Result<Bytes> encoded = base64url::decode(text.substr(kEngagementScheme.size()));
  if (!encoded) {
    return fail(ErrorCode::mdoc_engagement_text_malformed, "path", "not base64url without padding");
  }
  return parse(*encoded);
}

std::string DeviceEngagement::text() const {
  return std::string(kEngagementScheme) + base64url::encode(encoded_);
}

std::array<std::uint8_t, 16> DeviceEngagement::ble_ident() const {
  std::array<std::uint8_t, 16> ident{};
  const SecretBytes derived = crypto::hkdf_sha256(device_key_.item(), {}, as_bytes("BLEIdent"), ident.size());
  std::ranges::copy(derived.reveal(), ident.begin());  // shown to everybody nearby: no secret
  return ident;
}

}  // namespace mibun::mdoc
