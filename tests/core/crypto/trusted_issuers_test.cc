#include "core/crypto/trusted_issuers.h"

#include <doctest/doctest.h>

#include "tests/support/test_issuers.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

using Types = std::vector<std::string>;
constexpr auto kIssuers = CertificatePurpose::credential_issuer;

// A ministry that issues identities, and a club that issues memberships and, below one name, tickets.
struct Country {
  TestAuthority ministry{"ministry"}, club{"club"}, stranger{"stranger"};
  TestSigner official{ministry, kIssuers, "ministry.example"};
  TestSigner secretary{club, kIssuers, "club.example"};
  TestSigner nobody{stranger, kIssuers, "ministry.example"};
  TrustedIssuers trusted{kIssuers, rows()};

  std::vector<TrustedIssuer> rows() const {
    std::vector<TrustedIssuer> list;
    list.push_back(issuer_of(ministry, kIssuers, {"identity", "licence"}));
    list.push_back(issuer_of(club, kIssuers, {"membership"}));
    list.push_back(issuer_of(club, kIssuers, {"ticket"}, {"https://club.example"}));
    return list;
  }
  // The row's place, or why there is none.
  std::variant<std::ptrdiff_t, ErrorCode> find(const TestSigner& signer, const Types& types,
                                               std::string_view name = "") const {
    const auto found = trusted.find(types, CertificateChain(signer.chain), name, kTestNow);
    if (!found) return found.error().code;
    CHECK(std::ranges::find(found->issuer->types, found->type) != found->issuer->types.end());
    return found->issuer - trusted.issuers().data();
  }
};

}  // namespace

TEST_CASE("V3: an issuer is believed for the types of its row, and for no other's") {
  const Country country;
  struct Row {
    std::string_view why;
    const TestSigner& signer;
    Types types;
    std::string_view name;
    std::optional<std::ptrdiff_t> want;
  };
  const Row rows[] = {
      {"its own type", country.official, {"identity"}, "", 0},
      {"another of its own", country.official, {"licence"}, "https://any.example", 0},
      {"the other's type", country.official, {"membership"}, "", {}},
      {"the club's", country.secretary, {"membership"}, "", 1},
      {"the club issues an identity", country.secretary, {"identity"}, "", {}},
      {"a type that nobody has", country.official, {"passport"}, "", {}},
      {"no type", country.official, {}, "", {}},
      {"one of several types", country.secretary, {"identity", "membership"}, "", 1},
      {"none of several types", country.secretary, {"identity", "licence"}, "", {}},
      {"part of a type's name", country.official, {"ident"}, "", {}},
      {"under the name of the row", country.secretary, {"ticket"}, "https://club.example", 2},
      {"under another name", country.secretary, {"ticket"}, "https://other.example", {}},
      {"under no name", country.secretary, {"ticket"}, "", {}},
      {"below no root of the list", country.nobody, {"identity"}, "", {}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto found = country.find(row.signer, row.types, row.name);
    if (row.want) {
      CHECK(found == decltype(found)(*row.want));
    } else {
      CHECK(found == decltype(found)(ErrorCode::certificate_untrusted_for_type));
    }
  }
  // Whoever is believed for some type is a signer that is known.
  CHECK(country.trusted.anchors().verify_chain(country.official.chain, kTestNow));
  CHECK(country.trusted.anchors().verify_chain(country.secretary.chain, kTestNow));
  CHECK(code_of(country.trusted.anchors().verify_chain(country.nobody.chain, kTestNow)) ==
        ErrorCode::certificate_untrusted);
}

TEST_CASE("of two rows for one type each believes whom it names, and a row's time is over when its certificates' is") {
  const TestAuthority north("north"), south("south");
  std::vector<TrustedIssuer> rows;
  rows.push_back(issuer_of(north, kIssuers, {"identity"}));
  rows.push_back(issuer_of(south, kIssuers, {"identity"}));
  const TrustedIssuers both(kIssuers, std::move(rows));
  const TestSigner signer(south, kIssuers, "south.example");
  const std::vector<BytesView> chain(signer.chain.begin(), signer.chain.end());
  const Types types{"identity"};
  CHECK(must(both.find(types, chain, kTestNow)).issuer == &both.issuers()[1]);
  CHECK(code_of(both.find(types, chain, kTestNow + std::chrono::hours(24 * 366))) ==
        ErrorCode::certificate_untrusted_for_type);
}
