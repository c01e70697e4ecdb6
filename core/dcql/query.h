#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/claim_path.h"

// The Digital Credentials Query Language: OpenID4VP 1.0, section 6.
namespace mibun::dcql {

using sd_jwt::ClaimPath;

inline constexpr std::string_view kSdJwtFormat = "dc+sd-jwt";
inline constexpr std::string_view kMdocFormat = "mso_mdoc";

// A query that asks for more is dcql_too_large.
inline constexpr std::size_t kCredentialQueriesMax = 20;
inline constexpr std::size_t kClaimsMax = 100;           // over the whole query
inline constexpr std::size_t kAlternativesMax = 50;      // claim_sets of a credential; sets; options of a set
inline constexpr std::size_t kValuesMax = 100;           // of one claim, one "vct_values", one trusted authority
inline constexpr std::size_t kValuesOfClaimsMax = 1000;  // over the whole query
inline constexpr std::size_t kTextBytesMax = 2048;       // of an id, a format, a type, a value

// {"vct_values": [...]}; none: any type (section 6.1: an empty "meta" places no constraint).
struct SdJwtMeta {
  std::vector<std::string> vct_values;
};
// {"doctype_value": "..."}
struct MdocMeta {
  std::optional<std::string> doctype_value;
};
// Of a format that is not known here: such a query parses, and no card of ours answers it.
struct UnknownMeta {};
using Meta = std::variant<SdJwtMeta, MdocMeta, UnknownMeta>;

// {"type": "aki" | "etsi_tl" | "openid_federation", "values": [...]}; another type parses and matches no card.
struct TrustedAuthority {
  std::string type;
  std::vector<std::string> values;
};

struct ClaimQuery {
  std::optional<std::string> id;
  ClaimPath path;                        // of an mso_mdoc: exactly [namespace, element]
  std::vector<json::Value> values;       // strings, integers, booleans; empty: any value
  std::optional<bool> intent_to_retain;  // of an mso_mdoc; absent: the verifier says nothing (appendix B.2)
};

struct CredentialQuery {
  std::string id;
  std::string format;
  Meta meta;
  bool multiple = false;
  bool require_holder_binding = true;
  std::vector<TrustedAuthority> trusted_authorities;  // empty: any
  std::vector<ClaimQuery> claims;                     // empty: nothing that the holder could keep back
  std::vector<std::vector<std::size_t>> claim_sets;   // places in `claims`; empty: all of them
};

// The claim sets, one of which is to be shown whole, as places in `claims`; all claims when the query names no sets. A
// claim that points to the same place as an earlier one of its set is left out: section 6.1, "Wallets SHOULD ignore
// such duplicate claim queries".
std::vector<std::vector<std::size_t>> claim_alternatives(const CredentialQuery& query);

// One of the options is to be answered whole; each option is a list of places in Query::credentials().
struct CredentialSet {
  std::vector<std::vector<std::size_t>> options;
  bool required = true;
};

// A query whose every reference leads somewhere.
class Query {
 public:
  // Unknown members are ignored. Errors: dcql_malformed (missing, wrong type, empty where it must not be),
  // dcql_bad_id, dcql_duplicate_id, dcql_bad_path, dcql_unknown_reference, dcql_too_large.
  static Result<Query> parse(const json::Object& object);
  // As parse, for a query that we are about to send: it names types, points to no claim twice, uses every claim when
  // there are claim sets, and asks for no protocol claim (iss, vct, cnf ...), which come anyway.
  // Errors: those of parse, dcql_unfit_to_send.
  static Result<Query> parse_to_send(const json::Object& object);

  const std::vector<CredentialQuery>& credentials() const { return credentials_; }
  const std::vector<CredentialSet>& credential_sets() const { return credential_sets_; }  // empty: all credentials
  const CredentialQuery* find(std::string_view id) const;

 private:
  Query() = default;
  std::vector<CredentialQuery> credentials_;
  std::vector<CredentialSet> credential_sets_;
};

// Everything a query could be answered with, for comparing with what the verifier is registered for.
struct RequestedClaims {
  std::string credential_id;
  std::string format;
  std::vector<std::string> types;  // vct or doctype; empty: the query names none
  std::vector<ClaimPath> paths;    // of all claim sets together
};
std::vector<RequestedClaims> requested_paths(const Query& query);

// Does a claim at `pattern` include the one at `path`? The pattern is equal or further up, and its null stands for any
// element: ["address"] includes ["address","region"], ["degrees",null] includes ["degrees",0,"type"].
bool includes(const ClaimPath& pattern, const ClaimPath& path);

}  // namespace mibun::dcql
