#pragma once

#include <string_view>

// assets/, embedded at build time.
namespace mibun::server::authorization_assets {

std::string_view page_html();  // with {{places}}
std::string_view style_css();
std::string_view script_js();

}  // namespace mibun::server::authorization_assets
