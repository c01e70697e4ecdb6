#include "tests/server/killed/wire.h"

#include <curl/curl.h>

#include <array>

namespace mibun::server {
namespace {

constexpr long kTimeoutSeconds = 60;

std::size_t take_body(char* data, std::size_t, std::size_t size, void* out) {
  static_cast<std::string*>(out)->append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* out) {
  std::string line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  const std::size_t colon = line.find(": ");
  if (colon == std::string::npos) return size;
  auto& response = *static_cast<http::ServerResponse*>(out);
  response.headers.push_back({line.substr(0, colon), line.substr(colon + 2)});
  if (equal_ignoring_case(line.substr(0, colon), "content-type")) response.content_type = line.substr(colon + 2);
  return size;
}

class HeaderList {
 public:
  void add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  ~HeaderList() { curl_slist_free_all(list_); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

}  // namespace

struct Wire::Impl {
  Impl() : curl(curl_easy_init()) {}
  ~Impl() { curl_easy_cleanup(curl); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  CURL* curl;
  HeaderList place;
  std::string base, root;
};

Wire::Wire(std::uint16_t port, const std::string& root_pem_file) : impl_(std::make_unique<Impl>()) {
  const std::string host(kRpId), number = std::to_string(port);
  impl_->base = "https://" + host + ":" + number;
  impl_->root = root_pem_file;
  impl_->place.add(host + ":" + number + ":127.0.0.1");
}

Wire::~Wire() = default;

Reply Wire::send(const TestRequest& request) {
  CURL* const curl = impl_->curl;
  curl_easy_reset(curl);  // options only; the connection stays
  Reply reply;
  HeaderList headers;
  headers.add("Host: " + std::string(kRpId));
  headers.add("Expect:");
  if (request.method == "POST" && request.body.empty()) headers.add("Content-Type:");
  for (const HttpHeader& header : request.headers) headers.add(header.name + ": " + header.value);
  const std::string url = impl_->base + request.target;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_RESOLVE, impl_->place.get());
  if (!impl_->root.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, impl_->root.c_str());
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, impl_->root.empty() ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.response.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply.response);
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) throw ServerGone(curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  reply.response.status = static_cast<int>(status);
  if (auto object = json::parse_object(reply.response.body, {.bytes_max = 4 * 1024 * 1024})) reply.json = *object;
  return reply;
}

}  // namespace mibun::server
