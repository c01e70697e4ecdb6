#include "core/mdoc/device_response.h"

#include "core/mdoc/members.h"

namespace mibun::mdoc {
namespace {

Result<DeviceNameSpace> read_device_name_space(cbor::Reader& reader, std::string_view name) {
  DeviceNameSpace out;
  MIBUN_TRY(out.name, checked_name(name, "deviceSigned.nameSpaces"));
  MIBUN_CHECK(read_members(reader, [&](std::string_view identifier) -> Status {
    MIBUN_CHECK(checked_name(identifier, "deviceSigned.nameSpaces"));
    if (out.elements.size() == kElementsMax) return fail(ErrorCode::mdoc_too_large, "deviceSigned.nameSpaces");
    MIBUN_TRY(const BytesView value, reader.skip());
    out.elements.push_back({identifier, value});
    return {};
  }));
  if (out.elements.empty()) return fail(ErrorCode::mdoc_malformed, "deviceSigned.nameSpaces", "empty");
  return out;
}

Result<std::vector<DeviceNameSpace>> read_device_name_spaces(BytesView content, cbor::ChunkStore& chunks) {
  std::vector<DeviceNameSpace> out;
  cbor::Reader reader = reader_of(content, chunks);
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (out.size() == kNameSpacesMax) return fail(ErrorCode::mdoc_too_large, "deviceSigned.nameSpaces");
    MIBUN_TRY(DeviceNameSpace name_space, read_device_name_space(reader, name));
    out.push_back(std::move(name_space));
    return {};
  }));
  MIBUN_CHECK(reader.finish());
  return out;
}

using DeviceAuth = std::variant<cose::Sign1, cose::Mac0>;

Result<DeviceAuth> read_device_auth(cbor::Reader& reader, std::vector<std::string_view>& unknown) {
  std::optional<cose::Sign1> signature;
  std::optional<cose::Mac0> mac;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "deviceSignature") {
      MIBUN_TRY(signature, cose::Sign1::read(reader, cose::Tagging::tolerated));
    } else if (name == "deviceMac") {
      MIBUN_TRY(mac, cose::Mac0::read(reader, cose::Tagging::tolerated));
    } else {
      return skip_unknown(reader, name, unknown);
    }
    return {};
  }));
  if (signature.has_value() == mac.has_value()) {
    return fail(ErrorCode::mdoc_device_auth_malformed, "deviceAuth", "exactly one of deviceSignature and deviceMac");
  }
  if (signature) return std::move(*signature);
  return std::move(*mac);
}

Result<DeviceSigned> read_device_signed(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  std::optional<cbor::Embedded> name_spaces;
  std::optional<DeviceAuth> auth;
  std::vector<std::string_view> unknown;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "nameSpaces") {
      MIBUN_TRY(name_spaces, reader.read_embedded());
    } else if (name == "deviceAuth") {
      MIBUN_TRY(auth, read_device_auth(reader, unknown));
    } else {
      return skip_unknown(reader, name, unknown);
    }
    return {};
  }));
  MIBUN_CHECK(require(name_spaces, "deviceSigned.nameSpaces"));
  MIBUN_CHECK(require(auth, "deviceSigned.deviceAuth"));
  MIBUN_TRY(std::vector<DeviceNameSpace> parsed, read_device_name_spaces(name_spaces->content, chunks));
  return DeviceSigned{.name_spaces_bytes = name_spaces->item,
                      .name_spaces = std::move(parsed),
                      .auth = std::move(*auth),
                      .unknown_members = std::move(unknown)};
}

Result<std::vector<ElementError>> read_errors(cbor::Reader& reader) {
  std::vector<ElementError> out;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name_space) -> Status {
    bool any = false;
    MIBUN_CHECK(read_members(reader, [&](std::string_view identifier) -> Status {
      if (out.size() == kElementsMax) return fail(ErrorCode::mdoc_too_large, "errors");
      MIBUN_TRY(const std::int64_t code, reader.read_integer());
      out.push_back({name_space, identifier, code});
      any = true;
      return {};
    }));
    if (!any) return fail(ErrorCode::mdoc_malformed, "errors", "empty");
    return {};
  }));
  if (out.empty()) return fail(ErrorCode::mdoc_malformed, "errors", "empty");
  return out;
}

Result<Document> read_document(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  std::optional<std::string_view> doc_type;
  std::optional<IssuerSigned> issuer_signed;
  std::optional<DeviceSigned> device_signed;
  std::vector<ElementError> errors;
  std::vector<std::string_view> unknown;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "docType") {
      MIBUN_TRY(doc_type, read_name(reader, "docType"));
    } else if (name == "issuerSigned") {
      MIBUN_TRY(issuer_signed, IssuerSigned::read(reader, chunks));
    } else if (name == "deviceSigned") {
      MIBUN_TRY(device_signed, read_device_signed(reader, chunks));
    } else if (name == "errors") {
      MIBUN_TRY(errors, read_errors(reader));
    } else {
      return skip_unknown(reader, name, unknown);
    }
    return {};
  }));
  MIBUN_CHECK(require(doc_type, "docType"));
  MIBUN_CHECK(require(issuer_signed, "issuerSigned"));
  MIBUN_CHECK(require(device_signed, "deviceSigned"));
  return Document{.doc_type = *doc_type,
                  .issuer_signed = std::move(*issuer_signed),
                  .device_signed = std::move(*device_signed),
                  .errors = std::move(errors),
                  .unknown_members = std::move(unknown)};
}

Result<std::vector<Document>> read_documents(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  std::vector<Document> out;
  MIBUN_CHECK(read_elements(reader, "documents", out, kDocumentsMax, [&] { return read_document(reader, chunks); }));
  return out;
}

// {doctype => code}: one pair.
Result<DocumentError> read_document_error(cbor::Reader& reader) {
  std::vector<DocumentError> pairs;
  MIBUN_CHECK(read_members(reader, [&](std::string_view doc_type) -> Status {
    MIBUN_TRY(const std::int64_t code, reader.read_integer());
    pairs.push_back({doc_type, code});
    return {};
  }));
  if (pairs.size() != 1) return fail(ErrorCode::mdoc_malformed, "documentErrors", "not one pair");
  return pairs[0];
}

Result<std::vector<DocumentError>> read_document_errors(cbor::Reader& reader) {
  std::vector<DocumentError> out;
  MIBUN_CHECK(read_elements(reader, "documentErrors", out, kDocumentsMax, [&] { return read_document_error(reader); }));
  return out;
}

}  // namespace

Result<DeviceResponse> DeviceResponse::parse(BytesView item, cbor::ChunkStore& chunks) {
  DeviceResponse out;
  std::optional<std::string_view> version;
  std::optional<std::uint64_t> status;
  cbor::Reader reader = reader_of(item, chunks);
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "version") {
      MIBUN_TRY(version, reader.read_text());
      if (version != "1.0") return fail(ErrorCode::mdoc_version_not_supported, "version");
    } else if (name == "documents") {
      MIBUN_TRY(out.documents, read_documents(reader, chunks));
    } else if (name == "documentErrors") {
      MIBUN_TRY(out.document_errors, read_document_errors(reader));
    } else if (name == "status") {
      MIBUN_TRY(status, reader.read_unsigned());
    } else {
      return skip_unknown(reader, name, out.unknown_members);
    }
    return {};
  }));
  MIBUN_CHECK(reader.finish());
  MIBUN_CHECK(require(version, "version"));
  MIBUN_CHECK(require(status, "status"));
  out.status = *status;
  return out;
}

}  // namespace mibun::mdoc
