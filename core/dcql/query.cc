#include "core/dcql/query.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/codecs/shape_errors.h"

namespace mibun::dcql {
namespace {

using IdMap = std::map<std::string, std::size_t, std::less<>>;

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::dcql_malformed, std::move(where), std::move(detail));
}

std::unexpected<Error> too_large(std::string where) {
  return fail(ErrorCode::dcql_too_large, std::move(where), "more than a query may hold");
}

std::string element(const std::string& where, std::size_t index) {
  return where + "[" + std::to_string(index) + "]";
}

constexpr ShapeErrors shape{ErrorCode::dcql_malformed};

Result<std::string> parse_id(std::string_view id, const std::string& where) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (id.size() > kTextBytesMax) return too_large(where);
  if (id.empty() || !std::ranges::all_of(id, allowed)) {
    return fail(ErrorCode::dcql_bad_id, where, "an id is made of letters, digits, - and _");
  }
  return std::string(id);
}

Status add_id(IdMap& ids, const std::string& id, const std::string& where) {
  if (!ids.emplace(id, ids.size()).second) {
    return fail(ErrorCode::dcql_duplicate_id, where, "the id stands for something else already");
  }
  return {};
}

// A list that is there is not empty.
Status check_size(const json::Array& array, std::size_t size_max, const std::string& where) {
  if (array.empty()) return malformed(where, "the array is empty");
  if (array.size() > size_max) return too_large(where);
  return {};
}

Result<std::vector<std::string>> parse_texts(const json::Array& array, const std::string& where) {
  MIBUN_CHECK(check_size(array, kValuesMax, where));
  MIBUN_TRY(std::vector<std::string> texts, shape(json::string_array(array, where)));
  const bool fits = std::ranges::all_of(texts, [](const std::string& text) { return text.size() <= kTextBytesMax; });
  if (!fits) return too_large(where);
  return texts;
}

Result<const json::Object*> object_in(const json::Array& array, std::size_t index, const std::string& where) {
  const json::Object* object = array[index].if_object();
  if (object == nullptr) return malformed(element(where, index), "an object is expected");
  return object;
}

// [["a","b"],["c"]] as places in what `ids` names.
Result<std::vector<std::vector<std::size_t>>> parse_references(const json::Array& lists, const IdMap& ids,
                                                               const std::string& where) {
  MIBUN_CHECK(check_size(lists, kAlternativesMax, where));
  std::vector<std::vector<std::size_t>> result;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::string place = element(where, i);
    const json::Array* list = lists[i].if_array();
    if (list == nullptr) return malformed(place, "an array of ids is expected");
    MIBUN_TRY(const std::vector<std::string> names, parse_texts(*list, place));
    std::vector<std::size_t>& references = result.emplace_back();
    for (const std::string& name : names) {
      const auto found = ids.find(name);
      if (found == ids.end()) return fail(ErrorCode::dcql_unknown_reference, place, "no such id in this query");
      if (std::ranges::find(references, found->second) == references.end()) references.push_back(found->second);
    }
  }
  return result;
}

Result<ClaimPath> parse_path(const json::Array& array, std::string_view format, const std::string& where) {
  if (array.size() > sd_jwt::kPathStepsMax) return too_large(where);
  auto path = ClaimPath::parse(array);
  if (!path) return fail(ErrorCode::dcql_bad_path, where, "a path is made of names, indexes and null");
  const auto is_name = [](const sd_jwt::PathStep& step) { return std::holds_alternative<std::string>(step); };
  if (format == kMdocFormat && (path->steps().size() != 2 || !std::ranges::all_of(path->steps(), is_name))) {
    return fail(ErrorCode::dcql_bad_path, where, "an mdoc's path is a namespace and an element");
  }
  return path;
}

Result<std::vector<json::Value>> parse_values(const json::Array& array, const std::string& where) {
  MIBUN_CHECK(check_size(array, kValuesMax, where));
  std::vector<json::Value> values;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const json::Value& value = array[i];
    const bool known = value.is_string() || value.is_int64() || value.is_uint64() || value.is_bool();
    if (!known) return malformed(element(where, i), "a string, an integer or a boolean is expected");
    if (value.is_string() && value.get_string().size() > kTextBytesMax) return too_large(element(where, i));
    values.emplace_back(value, json::StoragePtr{});  // of its own: the request's memory may be gone before the query
  }
  return values;
}

Result<ClaimQuery> parse_claim(const json::Object& object, std::string_view format, const std::string& where) {
  json::ObjectReader reader(object, where);
  MIBUN_TRY(const json::Array* const path, shape(reader.array("path")));
  MIBUN_TRY(ClaimPath parsed_path, parse_path(*path, format, reader.place("path")));
  ClaimQuery claim{.id = {}, .path = std::move(parsed_path), .values = {}, .intent_to_retain = {}};
  MIBUN_TRY(const std::optional<std::string_view> id, shape(reader.optional_string("id")));
  if (id) {
    MIBUN_TRY(claim.id, parse_id(*id, reader.place("id")));
  }
  MIBUN_TRY(const json::Array* const values, shape(reader.optional_array("values")));
  if (values != nullptr) {
    MIBUN_TRY(claim.values, parse_values(*values, reader.place("values")));
  }
  if (format == kMdocFormat) {
    MIBUN_TRY(claim.intent_to_retain, shape(reader.optional_boolean("intent_to_retain")));
  }
  return claim;
}

Status parse_claims(json::ObjectReader& reader, CredentialQuery& query) {
  MIBUN_TRY(const json::Array* const claims, shape(reader.optional_array("claims")));
  MIBUN_TRY(const json::Array* const claim_sets, shape(reader.optional_array("claim_sets")));
  if (claims == nullptr) {
    return claim_sets == nullptr ? Status{}
                                 : malformed(reader.place("claim_sets"), "there are no claims to choose from");
  }
  const std::string where = reader.place("claims");
  MIBUN_CHECK(check_size(*claims, kClaimsMax, where));
  IdMap ids;
  for (std::size_t i = 0; i < claims->size(); ++i) {
    MIBUN_TRY(const json::Object* const object, object_in(*claims, i, where));
    MIBUN_TRY(ClaimQuery claim, parse_claim(*object, query.format, element(where, i)));
    if (claim.id) {
      if (!ids.emplace(*claim.id, i).second) {
        return fail(ErrorCode::dcql_duplicate_id, element(where, i), "the id stands for another claim already");
      }
    } else if (claim_sets != nullptr) {
      return malformed(element(where, i), "with claim_sets every claim has an id");
    }
    query.claims.push_back(std::move(claim));
  }
  if (claim_sets != nullptr) {
    MIBUN_TRY(query.claim_sets, parse_references(*claim_sets, ids, reader.place("claim_sets")));
  }
  return {};
}

Status parse_meta(json::ObjectReader& reader, CredentialQuery& query) {
  MIBUN_TRY(const json::Object* const object, shape(reader.object("meta")));
  json::ObjectReader meta(*object, reader.place("meta"));
  query.meta = UnknownMeta{};
  if (query.format == kSdJwtFormat) {
    MIBUN_TRY(const json::Array* const types, shape(meta.optional_array("vct_values")));
    SdJwtMeta known;
    if (types != nullptr) {
      MIBUN_TRY(known.vct_values, parse_texts(*types, meta.place("vct_values")));
      if (std::ranges::find(known.vct_values, "") != known.vct_values.end())
        return malformed(meta.place("vct_values"), "a type is empty");
    }
    query.meta = std::move(known);
  } else if (query.format == kMdocFormat) {
    MIBUN_TRY(const std::optional<std::string_view> type, shape(meta.optional_string("doctype_value")));
    if (type && type->size() > kTextBytesMax) return too_large(meta.place("doctype_value"));
    if (type && type->empty()) return malformed(meta.place("doctype_value"), "the type is empty");
    query.meta = MdocMeta{type ? std::optional(std::string(*type)) : std::nullopt};
  }
  return {};
}

Status parse_authorities(json::ObjectReader& reader, CredentialQuery& query) {
  MIBUN_TRY(const json::Array* const array, shape(reader.optional_array("trusted_authorities")));
  if (array == nullptr) return {};
  const std::string where = reader.place("trusted_authorities");
  MIBUN_CHECK(check_size(*array, kValuesMax, where));
  for (std::size_t i = 0; i < array->size(); ++i) {
    MIBUN_TRY(const json::Object* const object, object_in(*array, i, where));
    json::ObjectReader authority(*object, element(where, i));
    MIBUN_TRY(const std::string_view type, shape(authority.string("type")));
    if (type.size() > kTextBytesMax) return too_large(authority.place("type"));
    MIBUN_TRY(const json::Array* const values, shape(authority.array("values")));
    MIBUN_TRY(std::vector<std::string> texts, parse_texts(*values, authority.place("values")));
    query.trusted_authorities.push_back({std::string(type), std::move(texts)});
  }
  return {};
}

Result<CredentialQuery> parse_credential(const json::Object& object, const std::string& where) {
  json::ObjectReader reader(object, where);
  CredentialQuery query;
  MIBUN_TRY(const std::string_view id, shape(reader.string("id")));
  MIBUN_TRY(query.id, parse_id(id, reader.place("id")));
  MIBUN_TRY(const std::string_view format, shape(reader.string("format")));
  if (format.empty()) return malformed(reader.place("format"), "the format is empty");
  if (format.size() > kTextBytesMax) return too_large(reader.place("format"));
  query.format = std::string(format);
  MIBUN_CHECK(parse_meta(reader, query));
  MIBUN_TRY(const std::optional<bool> multiple, shape(reader.optional_boolean("multiple")));
  query.multiple = multiple.value_or(false);
  MIBUN_TRY(const std::optional<bool> binding, shape(reader.optional_boolean("require_cryptographic_holder_binding")));
  query.require_holder_binding = binding.value_or(true);
  MIBUN_CHECK(parse_authorities(reader, query));
  MIBUN_CHECK(parse_claims(reader, query));
  return query;
}

Result<CredentialSet> parse_set(const json::Object& object, const IdMap& ids, const std::string& where) {
  json::ObjectReader reader(object, where);
  CredentialSet set;
  MIBUN_TRY(const json::Array* const options, shape(reader.array("options")));
  MIBUN_TRY(set.options, parse_references(*options, ids, reader.place("options")));
  MIBUN_TRY(const std::optional<bool> required, shape(reader.optional_boolean("required")));
  set.required = required.value_or(true);
  return set;
}

// For each claim the first one with the same path.
std::vector<std::size_t> first_with_same_path(const std::vector<ClaimQuery>& claims) {
  std::vector<std::size_t> first(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto found = std::ranges::find(claims.begin(), claims.begin() + static_cast<std::ptrdiff_t>(i),
                                         claims[i].path, &ClaimQuery::path);
    first[i] = static_cast<std::size_t>(found - claims.begin());
  }
  return first;
}

// What an issuer must not let the holder keep back: SD-JWT VC, section 2.2.2.2.
constexpr std::array<std::string_view, 7> kProtocolClaims = {"iss", "nbf",           "exp",   "cnf",
                                                             "vct", "vct#integrity", "status"};

bool is_protocol_claim(const ClaimPath& path) {
  const auto* name = std::get_if<std::string>(&path.steps().front());
  return name != nullptr && std::ranges::find(kProtocolClaims, *name) != kProtocolClaims.end();
}

bool names_types(const CredentialQuery& query) {
  const auto* sd_jwt = std::get_if<SdJwtMeta>(&query.meta);
  const auto* mdoc = std::get_if<MdocMeta>(&query.meta);
  return (sd_jwt != nullptr && !sd_jwt->vct_values.empty()) || (mdoc != nullptr && mdoc->doctype_value.has_value());
}

Status check_to_send(const CredentialQuery& query, const std::string& where) {
  const auto unfit = [](std::string place, std::string detail) {
    return fail(ErrorCode::dcql_unfit_to_send, std::move(place), std::move(detail));
  };
  if (!names_types(query)) return unfit(where + ".meta", "the credential's type is not named");
  const std::vector<std::size_t> first = first_with_same_path(query.claims);
  std::vector<bool> used(query.claims.size(), query.claim_sets.empty());
  for (const std::vector<std::size_t>& claims : query.claim_sets) {
    for (const std::size_t claim : claims) used[claim] = true;
  }
  for (std::size_t i = 0; i < query.claims.size(); ++i) {
    const std::string place = element(where + ".claims", i);
    if (first[i] != i) return unfit(place, "the same claim is asked for twice");
    if (!used[i]) return unfit(place, "no claim set names this claim");
    if (query.format == kSdJwtFormat && is_protocol_claim(query.claims[i].path)) {
      return unfit(place, "a claim of the protocol comes without asking");
    }
  }
  return {};
}

}  // namespace

Result<Query> Query::parse(const json::Object& object) {
  json::ObjectReader reader(object, "dcql_query");
  Query query;
  MIBUN_TRY(const json::Array* const credentials, shape(reader.array("credentials")));
  std::string where = reader.place("credentials");
  MIBUN_CHECK(check_size(*credentials, kCredentialQueriesMax, where));
  IdMap ids;
  std::size_t claims = 0, values = 0;
  for (std::size_t i = 0; i < credentials->size(); ++i) {
    MIBUN_TRY(const json::Object* const entry, object_in(*credentials, i, where));
    MIBUN_TRY(CredentialQuery credential, parse_credential(*entry, element(where, i)));
    MIBUN_CHECK(add_id(ids, credential.id, element(where, i)));
    claims += credential.claims.size();
    for (const ClaimQuery& claim : credential.claims) values += claim.values.size();
    if (claims > kClaimsMax || values > kValuesOfClaimsMax) return too_large(where);
    query.credentials_.push_back(std::move(credential));
  }

  MIBUN_TRY(const json::Array* const sets, shape(reader.optional_array("credential_sets")));
  if (sets == nullptr) return query;
  where = reader.place("credential_sets");
  MIBUN_CHECK(check_size(*sets, kAlternativesMax, where));
  for (std::size_t i = 0; i < sets->size(); ++i) {
    MIBUN_TRY(const json::Object* const entry, object_in(*sets, i, where));
    MIBUN_TRY(CredentialSet set, parse_set(*entry, ids, element(where, i)));
    query.credential_sets_.push_back(std::move(set));
  }
  return query;
}

Result<Query> Query::parse_to_send(const json::Object& object) {
  MIBUN_TRY(Query query, parse(object));
  for (std::size_t i = 0; i < query.credentials_.size(); ++i) {
    MIBUN_CHECK(check_to_send(query.credentials_[i], element("dcql_query.credentials", i)));
  }
  return query;
}

std::vector<std::vector<std::size_t>> claim_alternatives(const CredentialQuery& query) {
  std::vector<std::vector<std::size_t>> alternatives = query.claim_sets;
  if (alternatives.empty()) {
    std::vector<std::size_t>& all = alternatives.emplace_back(query.claims.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  }
  const std::vector<std::size_t> first = first_with_same_path(query.claims);
  for (std::vector<std::size_t>& claims : alternatives) {
    std::vector<bool> seen(query.claims.size());
    std::erase_if(claims, [&](std::size_t claim) { return seen[first[claim]] || (seen[first[claim]] = true, false); });
  }
  return alternatives;
}

const CredentialQuery* Query::find(std::string_view id) const {
  const auto found = std::ranges::find(credentials_, id, &CredentialQuery::id);
  return found == credentials_.end() ? nullptr : &*found;
}

std::vector<RequestedClaims> requested_paths(const Query& query) {
  std::vector<RequestedClaims> result;
  for (const CredentialQuery& credential : query.credentials()) {
    RequestedClaims& requested = result.emplace_back();
    requested.credential_id = credential.id;
    requested.format = credential.format;
    if (const auto* sd_jwt = std::get_if<SdJwtMeta>(&credential.meta)) requested.types = sd_jwt->vct_values;
    if (const auto* mdoc = std::get_if<MdocMeta>(&credential.meta); mdoc != nullptr && mdoc->doctype_value) {
      requested.types = {*mdoc->doctype_value};
    }
    for (const ClaimQuery& claim : credential.claims) {
      if (std::ranges::find(requested.paths, claim.path) == requested.paths.end())
        requested.paths.push_back(claim.path);
    }
  }
  return result;
}

bool includes(const ClaimPath& pattern, const ClaimPath& path) {
  if (pattern.steps().size() > path.steps().size()) return false;
  for (std::size_t i = 0; i < pattern.steps().size(); ++i) {
    const sd_jwt::PathStep& wanted = pattern.steps()[i];
    const sd_jwt::PathStep& step = path.steps()[i];
    const bool any_element =
        std::holds_alternative<sd_jwt::EveryElement>(wanted) && std::holds_alternative<std::uint64_t>(step);
    if (!any_element && wanted != step) return false;
  }
  return true;
}

}  // namespace mibun::dcql
