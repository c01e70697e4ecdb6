#include "cli/serve/crl_fetching.h"

namespace mibun::cli {
namespace {

constexpr auto kPause = std::chrono::minutes(1);

}  // namespace

CrlFetching::CrlFetching(server::App& app) : app_(app), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void CrlFetching::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    app_.fetch_issuer_crls();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace mibun::cli
