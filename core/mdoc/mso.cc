#include "core/mdoc/mso.h"

#include <algorithm>
#include <array>

#include "core/base/sort.h"
#include "core/cose/key.h"
#include "core/mdoc/date_time.h"
#include "core/mdoc/members.h"

namespace mibun::mdoc {
namespace {

constexpr std::array<std::string_view, 3> kDigestNames = {"SHA-256", "SHA-384", "SHA-512"};

constexpr std::size_t kUriBytesMax = 2048, kIdBytesMax = 256, kCertificateBytesMax = 16 * 1024;

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<DigestAlgorithm> read_digest_algorithm(cbor::Reader& reader) {
  MIBUN_TRY(const std::string_view name, reader.read_text());
  const auto found = std::ranges::find(kDigestNames, name);
  if (found == kDigestNames.end()) return fail(ErrorCode::mdoc_digest_algorithm_not_allowed, "digestAlgorithm");
  return static_cast<DigestAlgorithm>(found - kDigestNames.begin());
}

Result<NameSpaceDigests> read_digest_ids(cbor::Reader& reader, std::string_view name) {
  NameSpaceDigests out{.name = name, .digests = {}};
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  out.digests.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(pairs.announced(), kElementsMax)));
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::uint64_t id, reader.read_unsigned());
    if (id > kDigestIdMax) return fail(ErrorCode::mdoc_digest_id_out_of_range, "valueDigests");
    MIBUN_TRY(const BytesView digest, reader.read_bytes());
    if (out.digests.size() == kElementsMax) return fail(ErrorCode::mdoc_too_large, "valueDigests");
    out.digests.push_back({static_cast<std::uint32_t>(id), digest});
  }
  if (out.digests.empty()) return fail(ErrorCode::mdoc_malformed, "valueDigests", "empty");
  if (!std::ranges::is_sorted(out.digests, {}, &ValueDigest::id)) sort(out.digests, {}, &ValueDigest::id);
  return out;
}

Result<std::vector<NameSpaceDigests>> read_value_digests(cbor::Reader& reader) {
  std::vector<NameSpaceDigests> out;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    MIBUN_CHECK(checked_name(name, "valueDigests"));
    if (out.size() == kNameSpacesMax) return fail(ErrorCode::mdoc_too_large, "valueDigests");
    MIBUN_TRY(NameSpaceDigests digests, read_digest_ids(reader, name));
    out.push_back(std::move(digests));
    return {};
  }));
  if (out.empty()) return fail(ErrorCode::mdoc_malformed, "valueDigests", "empty");
  return out;
}

Result<std::vector<std::string_view>> read_names(cbor::Reader& reader, const char* where) {
  std::vector<std::string_view> names;
  MIBUN_CHECK(read_elements(reader, where, names, kElementsMax, [&] { return read_name(reader, where); }));
  std::vector<std::string_view> sorted = names;
  sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    return fail(ErrorCode::mdoc_key_authorizations_malformed, where, "a name twice");
  }
  return names;
}

Result<KeyAuthorizations> read_key_authorizations(cbor::Reader& reader, std::vector<std::string_view>& unknown) {
  KeyAuthorizations out;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "nameSpaces") {
      MIBUN_TRY(out.name_spaces, read_names(reader, "keyAuthorizations.nameSpaces"));
      return {};
    }
    if (name != "dataElements") return skip_unknown(reader, name, unknown);
    MIBUN_CHECK(read_members(reader, [&](std::string_view name_space) -> Status {
      if (out.elements.size() == kNameSpacesMax) return fail(ErrorCode::mdoc_too_large, "keyAuthorizations");
      MIBUN_TRY(std::vector<std::string_view> names, read_names(reader, "keyAuthorizations.dataElements"));
      out.elements.push_back({name_space, std::move(names)});
      return {};
    }));
    if (out.elements.empty()) return fail(ErrorCode::mdoc_malformed, "keyAuthorizations.dataElements", "empty");
    return {};
  }));
  // 9.1.2.4: a name space that is authorized as a whole does not stand among the single elements, too.
  for (const KeyAuthorizations::Elements& elements : out.elements) {
    if (contains(out.name_spaces, elements.name_space)) {
      return fail(ErrorCode::mdoc_key_authorizations_malformed, "keyAuthorizations", "a name space in both places");
    }
  }
  return out;
}

Result<BytesView> read_key_info(cbor::Reader& reader) {
  const std::size_t begin = reader.position();
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  while (reader.next(pairs)) {
    MIBUN_CHECK(reader.read_integer());
    MIBUN_CHECK(reader.skip());
  }
  return reader.since(begin);
}

struct DeviceKeyInfo {
  std::optional<crypto::PublicKey> device_key;
  KeyAuthorizations authorizations;
  std::optional<BytesView> key_info;
};

Result<DeviceKeyInfo> read_device_key_info(cbor::Reader& reader, std::vector<std::string_view>& unknown) {
  DeviceKeyInfo out;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "deviceKey") {
      MIBUN_TRY(const BytesView item, reader.skip());
      auto key = cose::CoseKey::parse(item);
      if (!key) return fail(ErrorCode::mdoc_device_key_malformed, "deviceKey", std::move(key.error().detail));
      out.device_key = key->key();
      return {};
    }
    if (name == "keyAuthorizations") {
      MIBUN_TRY(out.authorizations, read_key_authorizations(reader, unknown));
      return {};
    }
    if (name == "keyInfo") {
      MIBUN_TRY(out.key_info, read_key_info(reader));
      return {};
    }
    return skip_unknown(reader, name, unknown);
  }));
  MIBUN_CHECK(require(out.device_key, "deviceKeyInfo.deviceKey"));
  return out;
}

Result<ValidityInfo> read_validity(cbor::Reader& reader, std::vector<std::string_view>& unknown) {
  std::optional<Instant> signed_at, valid_from, valid_until, expected_update;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    std::optional<Instant>* const into = name == "signed"           ? &signed_at
                                         : name == "validFrom"      ? &valid_from
                                         : name == "validUntil"     ? &valid_until
                                         : name == "expectedUpdate" ? &expected_update
                                                                    : nullptr;
    if (into == nullptr) return skip_unknown(reader, name, unknown);
    auto instant = read_tdate(reader);
    if (!instant) return fail(ErrorCode::mdoc_validity_malformed, "validityInfo." + std::string(name));
    *into = *instant;
    return {};
  }));
  MIBUN_CHECK(require(signed_at, "validityInfo.signed"));
  MIBUN_CHECK(require(valid_from, "validityInfo.validFrom"));
  MIBUN_CHECK(require(valid_until, "validityInfo.validUntil"));
  if (*valid_from < *signed_at || *valid_until <= *valid_from) {
    return fail(ErrorCode::mdoc_validity_inconsistent, "validityInfo");
  }
  return ValidityInfo{*signed_at, *valid_from, *valid_until, expected_update};
}

// {"idx" or "id", "uri", ? "certificate"}: what both kinds of list have in common is read here.
struct ListEntry {
  std::optional<std::uint64_t> index;
  std::optional<BytesView> id;
  std::optional<std::string_view> uri;
  std::optional<BytesView> certificate;
};

Status read_list_member(cbor::Reader& reader, std::string_view name, ListEntry& entry) {
  if (name == "idx") {
    MIBUN_TRY(entry.index, reader.read_unsigned());
  } else if (name == "id") {
    MIBUN_TRY(entry.id, reader.read_bytes());
  } else if (name == "uri") {
    MIBUN_TRY(entry.uri, reader.read_text());
  } else if (name == "certificate") {
    MIBUN_TRY(entry.certificate, reader.read_bytes());
  } else {
    MIBUN_CHECK(reader.skip());
  }
  return {};
}

Result<ListEntry> read_list_entry(cbor::Reader& reader) {
  ListEntry entry;
  const Status read =
      read_members(reader, [&](std::string_view name) { return read_list_member(reader, name, entry); });
  const bool good = read && entry.uri && !entry.uri->empty() && entry.uri->size() <= kUriBytesMax &&
                    (!entry.id || (!entry.id->empty() && entry.id->size() <= kIdBytesMax)) &&
                    (!entry.certificate || entry.certificate->size() <= kCertificateBytesMax);
  if (!good) return fail(ErrorCode::mdoc_status_malformed, "status");
  return entry;
}

Result<MsoStatus> read_status(cbor::Reader& reader, std::vector<std::string_view>& unknown) {
  const auto malformed = [](const char* detail) { return fail(ErrorCode::mdoc_status_malformed, "status", detail); };
  if (!reader.next_is(cbor::Major::map)) return malformed("not a map");
  MsoStatus status;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "status_list") {
      MIBUN_TRY(const ListEntry entry, read_list_entry(reader));
      if (!entry.index) return malformed("idx");
      status.status_list = StatusListEntry{*entry.index, *entry.uri, entry.certificate};
    } else if (name == "identifier_list") {
      MIBUN_TRY(const ListEntry entry, read_list_entry(reader));
      if (!entry.id) return malformed("id");
      status.identifier_list = IdentifierListEntry{*entry.id, *entry.uri, entry.certificate};
    } else {
      return skip_unknown(reader, name, unknown);
    }
    return {};
  }));
  if (!status.status_list && !status.identifier_list) return malformed("no mechanism that is known here");
  return status;
}

Status check_digest_sizes(const std::vector<NameSpaceDigests>& name_spaces, DigestAlgorithm algorithm) {
  const std::size_t size = digest_size(algorithm);
  for (const NameSpaceDigests& name_space : name_spaces) {
    const auto good = [size](const ValueDigest& value) { return value.digest.size() == size; };
    if (!std::ranges::all_of(name_space.digests, good)) return fail(ErrorCode::mdoc_digest_malformed, "valueDigests");
  }
  return {};
}

// The members as they come, before it is known that all are there.
struct Members {
  std::optional<std::string_view> version, doc_type;
  std::optional<DigestAlgorithm> digest_algorithm;
  std::optional<std::vector<NameSpaceDigests>> value_digests;
  std::optional<DeviceKeyInfo> device_key_info;
  std::optional<ValidityInfo> validity;
  std::optional<MsoStatus> status;
  std::vector<std::string_view> unknown;
};

Status read_member(cbor::Reader& reader, std::string_view name, Members& out) {
  if (name == "version") {
    MIBUN_TRY(out.version, reader.read_text());
    if (out.version != "1.0") return fail(ErrorCode::mdoc_mso_version_not_supported, "version");
  } else if (name == "digestAlgorithm") {
    MIBUN_TRY(out.digest_algorithm, read_digest_algorithm(reader));
  } else if (name == "valueDigests") {
    MIBUN_TRY(out.value_digests, read_value_digests(reader));
  } else if (name == "deviceKeyInfo") {
    MIBUN_TRY(out.device_key_info, read_device_key_info(reader, out.unknown));
  } else if (name == "docType") {
    MIBUN_TRY(out.doc_type, read_name(reader, "docType"));
  } else if (name == "validityInfo") {
    MIBUN_TRY(out.validity, read_validity(reader, out.unknown));
  } else if (name == "status") {
    MIBUN_TRY(out.status, read_status(reader, out.unknown));
  } else {
    return skip_unknown(reader, name, out.unknown);
  }
  return {};
}

}  // namespace

std::string_view to_string(DigestAlgorithm algorithm) {
  return kDigestNames[static_cast<std::size_t>(algorithm)];
}

std::size_t digest_size(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::sha256 ? 32 : algorithm == DigestAlgorithm::sha384 ? 48 : 64;
}

const ValueDigest* NameSpaceDigests::find(std::uint32_t id) const {
  const auto found = std::ranges::lower_bound(digests, id, {}, &ValueDigest::id);
  return found != digests.end() && found->id == id ? &*found : nullptr;
}

bool KeyAuthorizations::allows(std::string_view name_space, std::string_view identifier) const {
  if (contains(name_spaces, name_space)) return true;
  const auto found = std::ranges::find(elements, name_space, &Elements::name_space);
  return found != elements.end() && contains(found->identifiers, identifier);
}

const NameSpaceDigests* Mso::find(std::string_view name_space) const {
  const auto found = std::ranges::find(value_digests, name_space, &NameSpaceDigests::name);
  return found != value_digests.end() ? &*found : nullptr;
}

Result<Mso> Mso::parse(BytesView item, cbor::ChunkStore& chunks) {
  cbor::Reader reader = reader_of(item, chunks);
  Members members;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) { return read_member(reader, name, members); }));
  MIBUN_CHECK(reader.finish());
  MIBUN_CHECK(require(members.version, "version"));
  MIBUN_CHECK(require(members.digest_algorithm, "digestAlgorithm"));
  MIBUN_CHECK(require(members.value_digests, "valueDigests"));
  MIBUN_CHECK(require(members.device_key_info, "deviceKeyInfo"));
  MIBUN_CHECK(require(members.doc_type, "docType"));
  MIBUN_CHECK(require(members.validity, "validityInfo"));
  MIBUN_CHECK(check_digest_sizes(*members.value_digests, *members.digest_algorithm));
  return Mso{.digest_algorithm = *members.digest_algorithm,
             .value_digests = std::move(*members.value_digests),
             .device_key = *members.device_key_info->device_key,
             .key_authorizations = std::move(members.device_key_info->authorizations),
             .key_info = members.device_key_info->key_info,
             .doc_type = *members.doc_type,
             .validity = *members.validity,
             .status = members.status,
             .unknown_members = std::move(members.unknown)};
}

}  // namespace mibun::mdoc
