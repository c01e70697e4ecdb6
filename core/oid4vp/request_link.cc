#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/url.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kScheme = "openid4vp://";
constexpr std::size_t kLinkBytesMax = 64 * 1024;  // a request by value brings chains and a registration
constexpr std::size_t kUriBytesMax = 4096;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

// "openid4vp://?x" and "openid4vp://authorize?x": what stands before the question mark says nothing.
Result<std::string_view> query_of(std::string_view text) {
  if (text.size() > kLinkBytesMax) return invalid("link", "the link is too long");
  if (!text.starts_with(kScheme)) return invalid("link", "the link does not begin with openid4vp://");
  const std::size_t question = text.find('?');
  if (question == std::string_view::npos) return invalid("link", "the link has no parameters");
  const std::string_view query = text.substr(question + 1);
  return query.substr(0, query.find('#'));
}

Result<std::string> required(const form::Fields& fields, std::string_view name) {
  const auto value = fields.find(name);
  if (!value || value->empty()) return invalid(std::string(name), "the parameter is missing");
  return std::string(*value);
}

// Parameters that are JSON, of the others that a request may have.
constexpr std::array<std::string_view, 5> kJsonParameters = {"dcql_query", "client_metadata", "verifier_info",
                                                             kTransactionDataMember, kPairingMember};

// An unsigned request lies in its link: nothing is fetched for it.
Result<json::Object> read_parameters(const form::Fields& fields) {
  json::Object parameters;
  for (const auto& [name, value] : fields.all()) {
    if (name == "request" || name == "request_uri")
      return invalid(name, "nothing proves who signed for a redirect_uri");
    if (std::ranges::find(kJsonParameters, name) == kJsonParameters.end()) {
      parameters[name] = value;
      continue;
    }
    auto parsed = json::parse(value, {.bytes_max = kLinkBytesMax});
    if (!parsed) return invalid(name, "not JSON");
    parameters[name] = std::move(*parsed);
  }
  return parameters;
}

std::string parameter_text(const json::Value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

Result<RequestLink> RequestLink::parse(std::string_view text) {
  MIBUN_TRY(const std::string_view query, query_of(text));
  const auto fields = form::Fields::parse(query);
  if (!fields) return invalid("link", "the parameters cannot be read");
  RequestLink link;
  MIBUN_TRY(link.client_id, required(*fields, "client_id"));
  MIBUN_TRY(const ClientId client, ClientId::parse(link.client_id));
  if (client.prefix() == ClientId::Prefix::redirect_uri) {
    MIBUN_TRY(link.parameters, read_parameters(*fields));
    return link;
  }
  const auto method = fields->find("request_uri_method");
  if (fields->find("request")) {
    if (fields->find("request_uri")) return invalid("request_uri", "by value and by reference at once");
    if (method) return invalid("request_uri_method", "there is nothing to fetch");
    MIBUN_TRY(link.request, required(*fields, "request"));
    return link;
  }
  MIBUN_TRY(link.request_uri, required(*fields, "request_uri"));
  if (link.request_uri.size() > kUriBytesMax) return invalid("request_uri", "the address is too long");
  MIBUN_TRY(const HttpsUrl address, HttpsUrl::parse(link.request_uri));
  // Section 15.8.1: whoever names a host is asked there, or nobody is. The other prefixes tell only once they signed.
  if (client.prefix() == ClientId::Prefix::x509_san_dns && address.host() != client.rest()) {
    return fail(ErrorCode::oid4vp_client_id_mismatch, "request_uri", "not on the host of the client");
  }
  if (method && *method != "get" && *method != "post") {
    return fail(ErrorCode::oid4vp_invalid_request_uri_method, "request_uri_method", "neither get nor post");
  }
  link.method = method == "post" ? RequestUriMethod::post : RequestUriMethod::get;
  return link;
}

std::string RequestLink::to_string() const {
  std::vector<std::pair<std::string, std::string>> fields{{"client_id", client_id}};
  if (parameters) {
    for (const auto& member : *parameters) {
      if (member.key() != "client_id") fields.emplace_back(member.key(), parameter_text(member.value()));
    }
    return std::string(kScheme) + "?" + form::encode(fields);
  }
  if (!request.empty()) {
    fields.emplace_back("request", request);
    return std::string(kScheme) + "?" + form::encode(fields);
  }
  fields.emplace_back("request_uri", request_uri);
  if (method == RequestUriMethod::post) fields.emplace_back("request_uri_method", "post");
  return std::string(kScheme) + "?" + form::encode(fields);
}

}  // namespace mibun::oid4vp
