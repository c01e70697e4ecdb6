#pragma once

#include <string>
#include <vector>

#include "core/codecs/json.h"

namespace mibun::server {

// One private key that people send by mistake, in the forms in which they send it. Nothing of it may stay anywhere.
json::Object sent_private_jwk();
std::string sent_private_pem();
// Pieces of it, as bytes and in every encoding that text goes through.
std::vector<std::string> sent_key_traces();

}  // namespace mibun::server
