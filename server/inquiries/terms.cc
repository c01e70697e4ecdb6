#include "server/inquiries/terms.h"

#include <algorithm>
#include <array>

namespace mibun::server {
namespace {

constexpr auto kKinds =
    std::to_array<std::string_view>({"using_the_wallet", "identity_check", "card", "sharing", "my_data", "other"});

json::Object text(std::string_view ja, std::string_view en) {
  return {{"ja", ja}, {"en", en}};
}

}  // namespace

bool is_inquiry_kind(std::string_view kind) {
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

json::Object inquiry_terms() {
  json::Object country = text("アメリカ合衆国", "the United States of America");
  country["code"] = kInquiryCountry;
  json::Array kinds;
  for (const std::string_view kind : kKinds) kinds.emplace_back(kind);
  return {
      {"country", std::move(country)},
      {"rules",
       text("アメリカ合衆国には、個人情報の保護を全体として定める連邦の法律がありません。分野や州ごとの法律があり、"
            "APEC の越境プライバシールール (CBPR) に参加しています。",
            "The United States have no federal law about personal data as a whole. There are laws for some "
            "fields and of some states, and they take part in the APEC Cross-Border Privacy Rules.")},
      {"measures",
       text("お問い合わせと回答は、日本にある鍵で暗号化し、アカウントの番号の代わりに仮の番号を付けて保管します。",
            "Your inquiry and the answer are kept encrypted under a key that stays in Japan, under a "
            "pseudonym in the place of your account's number.")},
      {"kept", text("お問い合わせの内容、回答、それぞれの日時", "What you ask, the answer, and when each was written")},
      {"kept_days_after_answer", kInquiryKeptAfterAnswer.count()},
      {"text_characters_max", kInquiryCharactersMax},
      {"kinds", std::move(kinds)},
  };
}

}  // namespace mibun::server
