#pragma once

#include <string>
#include <string_view>

namespace mibun::server::assets {

// `language`: "ja" or "en". `wallet_page`: the address of a web wallet to lead to, or empty; `known_as`: the shop's
// address as wallets know it, where the page stands at another one, or empty. Neither holds a character that markup
// would need to escape.
std::string demo_page(std::string_view language, std::string_view wallet_page, std::string_view known_as);
std::string_view demo_style();
std::string_view demo_script();

// The reviewers' office.
std::string office_page(std::string_view language);
std::string_view office_style();
std::string_view office_script();
std::string_view office_case_script();
std::string_view office_words_script();

}  // namespace mibun::server::assets
