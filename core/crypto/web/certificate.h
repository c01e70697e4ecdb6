#pragma once

// For files in core/crypto only: certificates read without a library. The functions of certificate_parts.h and pem.h
// under another namespace, so that a native test can hold both against each other; x509_platform.cc gives them their
// names in the web build.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/crypto/certificate_parts.h"
#include "core/crypto/pem.h"
#include "core/crypto/web/host.h"

namespace mibun::crypto::web {

// Errors: certificate_malformed. Curves without our name for them, and parameters written out, are not read:
// docs/formats/x509.md says where the native reader goes further.
Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der);
bool same_name(BytesView a, BytesView b);
Result<std::string> name_text(BytesView name);
// Strict: RFC 7468, section 3; lines of at most 76 characters, ended by LF or CRLF. Errors: pem_malformed.
Result<std::optional<PemBlock>> next_pem_block(std::string_view& text);

// By verify_signature() of host.h.
bool is_signed_by(const Certificate::Parts& certificate, const Certificate::Parts& issuer);
bool is_list_signed_by(const SignatureMethod& method, BytesView tbs, BytesView signature,
                       const Certificate::Parts& issuer);

}  // namespace mibun::crypto::web
