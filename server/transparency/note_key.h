#pragma once

#include <string>

#include "core/tlog/note_key.h"
#include "server/trust/trust.h"

namespace mibun::server {

// The key that signs this server's log. It is made at the first start, sealed as the others are, and never replaced:
// with another key it would be another log.
//   <directory>/log.key    sealed PKCS#8 (Ed25519)
//   <directory>/log.vkey   its name and public part, for whoever checks: "<host>/log+<id>+<key>"
// The name is that of the origin at the first start; a server that moves to another address keeps its log.
// Errors: io_error, sealed_file_*, private_key_rejected (the two files are of different keys), signature_malformed.
Result<tlog::NoteSigner> open_log_key(const std::string& directory, const std::string& public_origin, Trust& trust);

}  // namespace mibun::server
