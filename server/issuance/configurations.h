#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/oid4vci/metadata.h"

namespace mibun::server {

inline constexpr std::string_view kIdentityVct = "urn:mibun:identity:1";
inline constexpr std::string_view kIdentityConfiguration = "mibun_identity_sd_jwt";
inline constexpr std::string_view kIdentityScope = "mibun_identity";
inline constexpr std::string_view kPhotoIdConfiguration = "mibun_photo_id_mdoc";
inline constexpr std::string_view kPhotoIdScope = "mibun_photo_id";

// The kinds of card that are made from approved claims: the identity card (SD-JWT VC) and the photo ID (mdoc, ISO/IEC
// 23220-4). In the order in which offers name them.
const std::vector<std::string>& configuration_ids();
std::vector<oid4vci::CredentialConfiguration> configurations();

}  // namespace mibun::server
