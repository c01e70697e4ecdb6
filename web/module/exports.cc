#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "wallet/steps/steps.h"
#include "web/module/device.h"

// The module's exports. The page writes texts where mibun_allocate gave room, and frees them itself.

namespace {

using namespace mibun;

// What a submission of files needs.
constexpr json::Limits kArguments{.bytes_max = 11 * 1024 * 1024};

struct Wallet {
  explicit Wallet(std::string origin) : device(std::move(origin)), steps(device.host()) {}
  web::Device device;
  wallet::Steps steps;
};
std::unique_ptr<Wallet> running;  // one page, one wallet
std::string answer;               // until it is taken

std::string answer_of(const Result<json::Object>& result) {
  if (result) return json::serialize(json::Object{{"ok", *result}});
  const Error& error = result.error();
  return json::serialize(json::Object{
      {"error", json::Object{{"code", to_string(error.code)}, {"where", error.where}, {"detail", error.detail}}}});
}

Result<json::Object> run(std::string_view name, std::string_view arguments) {
  if (!running) return fail(ErrorCode::invalid_argument, "step", "the wallet was not begun");
  MIBUN_TRY(const json::Object object, json::parse_object(arguments, kArguments));
  return running->steps.run(name, object);
}

}  // namespace

extern "C" {

// Before the first step. `origin`: of the page.
__attribute__((export_name("wallet_begin"))) void wallet_begin(const char* origin, std::size_t size) {
  running = std::make_unique<Wallet>(std::string(origin, size));
}

// Suspends. The length of the answer: {"ok":{..}} or {"error":{"code","where","detail"}}.
__attribute__((export_name("wallet_step"))) int wallet_step(const char* name, std::size_t name_size,
                                                            const char* arguments, std::size_t arguments_size) {
  answer = answer_of(run({name, name_size}, {arguments, arguments_size}));
  return static_cast<int>(answer.size());
}

__attribute__((export_name("wallet_take"))) void wallet_take(std::uint8_t* out) {
  std::ranges::copy(answer, out);
  answer.clear();
}

}  // extern "C"
