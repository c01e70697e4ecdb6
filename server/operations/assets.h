#pragma once

#include <string_view>

// The files of this folder's assets/, embedded by CMake.
namespace mibun::server::assets {

std::string_view landing_html();
// base64 of the SHA-256 of the text between <style> and </style>, for the Content-Security-Policy.
std::string_view landing_style_sha256();
std::string_view openapi_json();

}  // namespace mibun::server::assets
