#include <utility>

#include "core/codecs/url.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kScheme = "openid4vp://";
constexpr std::size_t kLinkBytesMax = 4096;

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

}  // namespace

Result<RequestLink> RequestLink::parse(std::string_view text) {
  MIBUN_TRY(const std::string_view query, query_of(text));
  const auto fields = form::Fields::parse(query);
  if (!fields) return invalid("link", "the parameters cannot be read");
  RequestLink link;
  MIBUN_TRY(link.client_id, required(*fields, "client_id"));
  MIBUN_CHECK(ClientId::parse(link.client_id));
  // A request by value could not have been signed for this wallet_nonce, and HAIP knows references only.
  MIBUN_TRY(link.request_uri, required(*fields, "request_uri"));
  MIBUN_CHECK(HttpsUrl::parse(link.request_uri));
  const std::string_view method = fields->find("request_uri_method").value_or("get");
  if (method != "get" && method != "post") return invalid("request_uri_method", "neither get nor post");
  link.method = method == "post" ? RequestUriMethod::post : RequestUriMethod::get;
  return link;
}

std::string RequestLink::to_string() const {
  std::vector<std::pair<std::string, std::string>> fields{{"client_id", client_id}, {"request_uri", request_uri}};
  if (method == RequestUriMethod::post) fields.emplace_back("request_uri_method", "post");
  return std::string(kScheme) + "?" + form::encode(fields);
}

}  // namespace mibun::oid4vp
