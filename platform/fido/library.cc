#include "platform/fido/library.h"

#include <fido.h>
#include <fido/es256.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "core/codecs/cbor.h"

namespace mibun::fido {
namespace {

struct Free {
  void operator()(fido_cred_t* p) const { fido_cred_free(&p); }
  void operator()(fido_assert_t* p) const { fido_assert_free(&p); }
  void operator()(es256_pk_t* p) const { es256_pk_free(&p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Status ok_or(int result, ErrorCode code, const char* where) {
  if (result == FIDO_OK) return {};
  return fail(code, where, std::string("libfido2: ") + fido_strerr(result));
}

Status read(int result, const char* where) {
  return ok_or(result, ErrorCode::webauthn_malformed, where);
}

// The extensions that libfido2 knows. It refuses data whose extensions are not those it was told to expect; which ones
// an authenticator added is no matter of security here, so it is told what is there.
struct KnownExtensions {
  int mask = 0;
  int credential_protection = 0;
  std::size_t pin_length_min = 0;
};

enum class Kind { credential, assertion };

Status read_extension(std::string_view name, BytesView value, Kind kind, KnownExtensions& known) {
  cbor::Reader reader(value);
  if (name == "hmac-secret" || name == "credBlob") {
    const int bit = name == "credBlob" ? FIDO_EXT_CRED_BLOB : FIDO_EXT_HMAC_SECRET;
    bool present = true;  // an assertion carries bytes, a new credential says true or false
    if (kind == Kind::credential) {
      MIBUN_TRY(present, reader.read_bool());
    }
    if (present) known.mask |= bit;
  } else if (kind == Kind::credential && (name == "credProtect" || name == "minPinLength")) {
    MIBUN_TRY(const std::uint64_t number, reader.read_unsigned());
    if (number > 255) return fail(ErrorCode::webauthn_malformed, "extensions", "a number is out of range");
    if (name == "credProtect") known.credential_protection = static_cast<int>(number);
    if (name == "minPinLength") known.pin_length_min = number;
  }
  return {};
}

Result<KnownExtensions> read_extensions(BytesView extensions, Kind kind) {
  KnownExtensions known;
  if (extensions.empty()) return known;
  cbor::Reader reader(extensions);
  MIBUN_TRY(const std::uint64_t count, reader.read_map());
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const std::string_view name, reader.read_text());
    MIBUN_TRY(const BytesView value, reader.skip());
    MIBUN_CHECK(read_extension(name, value, kind, known));
  }
  return known;
}

Result<KnownExtensions> known_extensions(BytesView extensions, Kind kind) {
  auto known = read_extensions(extensions, kind);
  if (known) return known;
  return fail(ErrorCode::webauthn_malformed, "extensions", std::string(to_string(known.error().code)));
}

Status expect_extensions(fido_cred_t* credential, BytesView extensions) {
  constexpr const char* kWhere = "extensions";
  MIBUN_TRY(const KnownExtensions known, known_extensions(extensions, Kind::credential));
  MIBUN_CHECK(read(fido_cred_set_extensions(credential, known.mask), kWhere));
  if (known.credential_protection != 0) {
    MIBUN_CHECK(read(fido_cred_set_prot(credential, known.credential_protection), kWhere));
  }
  if (known.pin_length_min != 0) {
    MIBUN_CHECK(read(fido_cred_set_pin_minlen(credential, known.pin_length_min), kWhere));
  }
  return {};
}

}  // namespace

Status verify_packed_attestation(const webauthn::AttestationObject& object, const webauthn::PackedStatement& statement,
                                 BytesView extensions, const std::string& rp_id, BytesView client_data_json) {
  constexpr const char* kWhere = "attestationObject";
  const Owned<fido_cred_t> owned(fido_cred_new());
  fido_cred_t* const credential = owned.get();
  if (credential == nullptr) return fail(ErrorCode::internal_error, kWhere, "libfido2 gave nothing");
  const Bytes& data = object.authenticator_data;
  MIBUN_CHECK(read(fido_cred_set_type(credential, COSE_ES256), kWhere));
  MIBUN_CHECK(read(fido_cred_set_clientdata(credential, client_data_json.data(), client_data_json.size()), kWhere));
  MIBUN_CHECK(read(fido_cred_set_rp(credential, rp_id.c_str(), nullptr), kWhere));
  MIBUN_CHECK(expect_extensions(credential, extensions));
  MIBUN_CHECK(read(fido_cred_set_authdata_raw(credential, data.data(), data.size()), "authData"));
  MIBUN_CHECK(read(fido_cred_set_uv(credential, FIDO_OPT_TRUE), kWhere));
  MIBUN_CHECK(read(fido_cred_set_fmt(credential, "packed"), kWhere));
  MIBUN_CHECK(read(fido_cred_set_attstmt(credential, object.statement.data(), object.statement.size()), "attStmt"));
  const int result = statement.x5c.empty() ? fido_cred_verify_self(credential) : fido_cred_verify(credential);
  return ok_or(result, ErrorCode::webauthn_attestation_invalid, "attStmt.sig");
}

Status verify_assertion_signature(const crypto::P256PublicKey& key, BytesView authenticator_data, BytesView extensions,
                                  const std::string& rp_id, BytesView client_data_json, BytesView signature) {
  constexpr const char* kWhere = "assertion";
  const Owned<fido_assert_t> owned(fido_assert_new());
  const Owned<es256_pk_t> public_key(es256_pk_new());
  fido_assert_t* const assertion = owned.get();
  if (assertion == nullptr || public_key == nullptr) {
    return fail(ErrorCode::internal_error, kWhere, "libfido2 gave nothing");
  }
  const BytesView x_and_y = key.point().subspan(1);
  MIBUN_CHECK(read(es256_pk_from_ptr(public_key.get(), x_and_y.data(), x_and_y.size()), "publicKey"));
  MIBUN_CHECK(read(fido_assert_set_clientdata(assertion, client_data_json.data(), client_data_json.size()), kWhere));
  MIBUN_CHECK(read(fido_assert_set_rp(assertion, rp_id.c_str()), kWhere));
  MIBUN_TRY(const KnownExtensions known, known_extensions(extensions, Kind::assertion));
  MIBUN_CHECK(read(fido_assert_set_extensions(assertion, known.mask), "extensions"));
  MIBUN_CHECK(read(fido_assert_set_count(assertion, 1), kWhere));
  MIBUN_CHECK(read(fido_assert_set_authdata_raw(assertion, 0, authenticator_data.data(), authenticator_data.size()),
                   "authenticatorData"));
  MIBUN_CHECK(read(fido_assert_set_uv(assertion, FIDO_OPT_TRUE), kWhere));
  MIBUN_CHECK(read(fido_assert_set_up(assertion, FIDO_OPT_TRUE), kWhere));
  MIBUN_CHECK(read(fido_assert_set_sig(assertion, 0, signature.data(), signature.size()), "signature"));
  return ok_or(fido_assert_verify(assertion, 0, COSE_ES256, public_key.get()), ErrorCode::webauthn_signature_invalid,
               "signature");
}

}  // namespace mibun::fido
