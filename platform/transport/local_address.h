#pragma once

#include <string_view>

namespace mibun::transport {

// Whether `ip` is an address of this machine or of the network around it: loopback, private (RFC 1918) or unique local
// (RFC 4193), in its plain spelling. An engagement is signed by nobody: what it names must not lead further.
bool is_local_address(std::string_view ip);

}  // namespace mibun::transport
