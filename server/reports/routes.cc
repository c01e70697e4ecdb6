#include "server/reports/routes.h"

#include <algorithm>

#include "server/api/body.h"
#include "server/api/free_text.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

constexpr std::size_t kIdBytesMin = 16, kIdBytesMax = 64;
constexpr std::size_t kNameBytesMax = 1024;
constexpr std::size_t kTextCharactersMax = 1000;

bool is_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return text.size() >= kIdBytesMin && text.size() <= kIdBytesMax && std::ranges::all_of(text, allowed);
}

std::unexpected<Error> wrong_at(std::string where) {
  return malformed(std::move(where), "the members are id, reason_code, client_id, organization, on and text");
}

struct Sent {
  std::string id;
  ReportService::Report report;
};

Result<Sent> read(const json::Object& body) {
  json::ObjectReader reader(body, "body");
  const auto id = reader.string("id"), reason = reader.string("reason_code"), client_id = reader.string("client_id"),
             organization = reader.string("organization"), on = reader.string("on");
  const auto text = reader.optional_string("text");
  if (!id || !reason || !client_id || !organization || !on || !text || !reader.finish()) return wrong_at("body");
  if (!is_id(*id)) return wrong_at("body.id");
  if (!is_report_reason(*reason)) return wrong_at("body.reason_code");
  if (client_id->size() > kNameBytesMax || !is_plain_text(*client_id)) return wrong_at("body.client_id");
  if (organization->size() > kNameBytesMax || !is_plain_text(*organization)) return wrong_at("body.organization");
  if (!CalendarDate::parse(*on)) return wrong_at("body.on");
  const std::string words(text->value_or(""));
  if (count_characters(words) > kTextCharactersMax || !is_plain_text(words)) return wrong_at("body.text");
  return Sent{std::string(*id),
              {std::string(*reason), std::string(*client_id), std::string(*organization), std::string(*on), words}};
}

json::Object to_json(const ReportService::Kept& kept) {
  return {{"report_id", kept.report_id}, {"at", to_jst_string(kept.at)}};
}

Answer keep(ReportService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  MIBUN_TRY(const Sent sent, read(body));
  MIBUN_TRY(const auto kept, service.keep(account.id, sent.id, sent.report));
  return json_answer(json::serialize(to_json(kept)), 201);
}

Answer list(ReportService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto reports, service.list());
  json::Array rows;
  for (const auto& report : reports) rows.push_back(to_json(report));
  return json_answer(json::serialize(json::Object{{"reports", std::move(rows)}}));
}

Answer open(ReportService& service, AccessTokens& tokens, const StaffRegister& staff, const ServerRequest& request,
            const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto opened, service.open(parameters.find("id")->second, staff.name_of(grant.subject)));
  json::Object answer = to_json(opened.kept);
  for (const auto& member : opened.content) answer[member.key()] = member.value();
  return json_answer(json::serialize(answer));
}

}  // namespace

void add_report_routes(http::Router& router, ReportService& service, AssertionGate& gate, AccessTokens& tokens,
                       const StaffRegister& staff) {
  router.add({.method = "POST",
              .pattern = "/api/v1/reports",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return keep(service, gate, r); }),
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/reports",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list(service, tokens, r); })});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/reports/{id}",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return open(service, tokens, staff, r, p);
              })});
}

}  // namespace mibun::server
