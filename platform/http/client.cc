#include "platform/http/client.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/codecs/url.h"
#include "platform/http/request_head.h"

namespace mibun::http {
namespace {

constexpr std::size_t kHeaderBytesMax = 64 * 1024;

struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListFree>;

// What the callbacks fill.
struct Answer {
  HttpResponse response;
  std::size_t body_bytes_max;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* into) {
  Answer& answer = *static_cast<Answer*>(into);
  if (size > answer.body_bytes_max - answer.response.body.size()) {
    answer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  answer.response.body.append(bytes, size);
  return size;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* into) {
  Answer& answer = *static_cast<Answer*>(into);
  answer.header_bytes += size;
  if (answer.header_bytes > kHeaderBytesMax) {
    answer.too_large = true;
    return 0;
  }
  std::string_view line(bytes, size);
  if (line.starts_with("HTTP/")) answer.response.headers.clear();  // after a 1xx the real answer begins anew
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (const auto header = parse_header_line(line)) {
    answer.response.headers.push_back({std::string(header->first), std::string(header->second)});
  }
  return size;
}

struct Route {
  PublicAddresses addresses;
  bool left = false;  // libcurl wanted to go somewhere else
};

// libcurl's last question before a connection: a socket for this address? Whatever brought it there (a cache, a second
// look-up), what was not checked is not connected to.
curl_socket_t open_checked(void* into, curlsocktype, curl_sockaddr* wanted) {
  Route& route = *static_cast<Route*>(into);
  if (!route.addresses.contain(wanted->addr)) {
    route.left = true;
    return CURL_SOCKET_BAD;
  }
  return socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
}

// RFC 9110, section 4.3.4: a certificate's common name is no host name. libcurl still takes it when there are no
// alternative names, so OpenSSL checks the name as well, without that. `of`: the host, without brackets.
CURLcode demand_alternative_name(CURL*, void* context, void* of) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(static_cast<SSL_CTX*>(context));
  const std::string& host = *static_cast<const std::string*>(of);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1 ||
                   X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1;
  return set ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

// Nothing when the person named the origin: then it may lie anywhere.
Result<std::optional<Route>> find_route(const HttpsUrl& url, const ClientOptions& options) {
  MIBUN_TRY(const auto kind, options.destinations.judge(url));
  if (kind == Destinations::Kind::named) return std::nullopt;
  const std::string host = without_brackets(url.host());
  std::vector<IpAddress> addresses;
  if (const auto literal = IpAddress::parse(host)) {
    addresses.push_back(*literal);
  } else {
    MIBUN_TRY(addresses, options.resolver->resolve(host, options.timeout));
  }
  MIBUN_TRY(auto checked, PublicAddresses::check(std::move(addresses)));
  return Route{std::move(checked)};
}

ErrorCode code_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::http_timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return ErrorCode::http_tls_failed;
    default:
      return ErrorCode::http_connect_failed;
  }
}

Result<List> make_headers(const HttpRequest& request) {
  List list;
  const auto add = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return false;
    static_cast<void>(list.release());
    list.reset(longer);
    return true;
  };
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name) || !is_field_text(header.value)) {
      return fail(ErrorCode::invalid_argument, "headers", "a header has a character that is not allowed");
    }
    // curl's spelling of an empty value is "name;".
    if (!add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value)) {
      return fail(ErrorCode::internal_error, "headers");
    }
  }
  // What curl would add on its own: a round trip before large bodies, and a form's media type for any body.
  if (!add("Expect:")) return fail(ErrorCode::internal_error, "headers");
  const bool typed = std::any_of(request.headers.begin(), request.headers.end(),
                                 [](const HttpHeader& h) { return equal_ignoring_case(h.name, "Content-Type"); });
  if (!typed && !add("Content-Type:")) return fail(ErrorCode::internal_error, "headers");
  return list;
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions chosen) : options(std::move(chosen)) {
    static std::once_flag once;  // libcurl's own requirement: once, before anything else of it
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl = curl_easy_init();
    MIBUN_INVARIANT(curl != nullptr);
  }
  ~Impl() { curl_easy_cleanup(curl); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    refused = curl_easy_setopt(curl, option, value) != CURLE_OK || refused;
  }
  void set_trust(std::string& host);
  void set_transport(std::chrono::milliseconds timeout);
  void set_route(const HttpsUrl& url, Route& route);
  void set_request(const HttpRequest& request, curl_slist* headers, Answer& answer);

  ClientOptions options;
  CURL* curl = nullptr;
  List pinned;
  bool refused = false;  // an option that this libcurl does not take: nothing is sent then
};

void Client::Impl::set_trust(std::string& host) {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_CTX_FUNCTION, &demand_alternative_name);
  set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(&host));
  if (options.trust_pem.empty()) return;
  // Without the nulls the system's folder of roots would be trusted beside ours.
  set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  curl_blob blob{options.trust_pem.data(), options.trust_pem.size(), CURL_BLOB_NOCOPY};
  set(CURLOPT_CAINFO_BLOB, &blob);
}

void Client::Impl::set_transport(std::chrono::milliseconds timeout) {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
}

// Pins the host to the addresses that were checked.
void Client::Impl::set_route(const HttpsUrl& url, Route& route) {
  set(CURLOPT_OPENSOCKETFUNCTION, &open_checked);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&route));
  if (IpAddress::parse(without_brackets(url.host()))) return;  // nothing to resolve
  std::string entry = url.host() + ":" + std::to_string(url.port()) + ":";
  for (const IpAddress& address : route.addresses.list()) {
    if (!entry.ends_with(':')) entry += ',';
    entry += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  pinned.reset(curl_slist_append(nullptr, entry.c_str()));
  refused = pinned == nullptr || refused;
  set(CURLOPT_RESOLVE, pinned.get());
}

void Client::Impl::set_request(const HttpRequest& request, curl_slist* headers, Answer& answer) {
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);  // the bytes that were checked are the bytes that are sent
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Result<HttpResponse> Client::send(const HttpRequest& request) {
  const auto begun = std::chrono::steady_clock::now();
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(request.url));
  if (!is_token(request.method)) return fail(ErrorCode::invalid_argument, "method", "this is not a method");
  MIBUN_TRY(const List headers, make_headers(request));
  MIBUN_TRY(std::optional<Route> route, find_route(url, impl_->options));
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  if (spent >= impl_->options.timeout) return fail(ErrorCode::http_timeout, "host");

  Answer answer{.response = {}, .body_bytes_max = impl_->options.response_bytes_max};
  curl_easy_reset(impl_->curl);  // nothing of the last request stays but the connection
  impl_->refused = false;
  std::string host = without_brackets(url.host());
  impl_->set_trust(host);
  impl_->set_transport(impl_->options.timeout - spent);
  if (route) impl_->set_route(url, *route);
  impl_->set_request(request, headers.get(), answer);
  if (impl_->refused) return fail(ErrorCode::internal_error, "libcurl", "an option was not accepted");

  const CURLcode code = curl_easy_perform(impl_->curl);
  if (route && route->left) return fail(ErrorCode::http_address_not_allowed, "host", "an address that was not checked");
  if (answer.too_large) return fail(ErrorCode::http_response_too_large, "response");
  if (code != CURLE_OK) return fail(code_of(code), "request", curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(impl_->curl, CURLINFO_RESPONSE_CODE, &status);
  answer.response.status = static_cast<int>(status);
  return std::move(answer.response);
}

}  // namespace mibun::http
