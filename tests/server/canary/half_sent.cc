#include "tests/server/canary/half_sent.h"

#include <curl/curl.h>

#include <stdexcept>

#include "tests/server/world/test_world.h"

namespace mibun::server {

struct HalfSent::Impl {
  Impl() : curl(curl_easy_init()) {}
  ~Impl() {
    curl_easy_cleanup(curl);
    curl_slist_free_all(place);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  CURL* curl;
  curl_slist* place = nullptr;
};

HalfSent::HalfSent(std::uint16_t port, const std::string& root_pem_file, const std::string& begun_body)
    : impl_(std::make_unique<Impl>()) {
  CURL* const curl = impl_->curl;
  const std::string host(kRpId), number = std::to_string(port), url = "https://" + host + ":" + number;
  impl_->place = curl_slist_append(nullptr, (host + ":" + number + ":127.0.0.1").c_str());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_RESOLVE, impl_->place);
  curl_easy_setopt(curl, CURLOPT_CAINFO, root_pem_file.c_str());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
    throw std::runtime_error(curl_easy_strerror(code));
  const std::string request =
      "POST /api/v1/reports HTTP/1.1\r\nHost: " + host +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(begun_body.size() + 100) + "\r\n\r\n" +
      begun_body;
  for (std::size_t sent = 0; sent < request.size();) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(curl, request.data() + sent, request.size() - sent, &count);
    if (code != CURLE_OK && code != CURLE_AGAIN) throw std::runtime_error(curl_easy_strerror(code));
    sent += count;
  }
}

HalfSent::~HalfSent() = default;

}  // namespace mibun::server
