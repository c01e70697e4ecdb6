#include "server/proofing/evidence.h"

namespace mibun::server {

json::Value to_json(const std::vector<Finding>& findings) {
  json::Array list;
  for (const Finding& finding : findings) {
    json::Object row;
    row["check"] = finding.check;
    row["outcome"] = finding.outcome;
    if (!finding.detail.empty()) row["detail"] = finding.detail;
    list.push_back(std::move(row));
  }
  return list;
}

json::Value to_json(const std::vector<ProvenClaim>& claims) {
  json::Object all;
  for (const ProvenClaim& claim : claims) {
    json::Object row;
    row["value"] = claim.value;
    row["source"] = claim.source;
    json::Array checks;
    for (const std::string& check : claim.checks) checks.emplace_back(check);
    row["checks"] = std::move(checks);
    all[claim.name] = std::move(row);
  }
  return all;
}

Result<std::vector<ProvenClaim>> claims_from_json(const json::Value& value) {
  const json::Object* all = value.if_object();
  if (all == nullptr) return fail(ErrorCode::json_wrong_type, "claims");
  std::vector<ProvenClaim> claims;
  for (const auto& member : *all) {
    const json::Object* row = member.value().if_object();
    if (row == nullptr) return fail(ErrorCode::json_wrong_type, "claims");
    json::ObjectReader reader(*row, "claims");
    MIBUN_TRY(const json::Value* claim_value, reader.any("value"));
    MIBUN_TRY(const std::string_view source, reader.string("source"));
    MIBUN_TRY(const json::Array* checks, reader.array("checks"));
    MIBUN_TRY(auto check_names, json::string_array(*checks, "claims.checks"));
    claims.push_back({std::string(member.key()), *claim_value, std::string(source), std::move(check_names)});
  }
  return claims;
}

}  // namespace mibun::server
