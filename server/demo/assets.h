#pragma once

#include <string>
#include <string_view>

namespace mibun::server::assets {

std::string demo_page(std::string_view language);  // "ja" or "en"
std::string_view demo_style();
std::string_view demo_script();

}  // namespace mibun::server::assets
