// A module for the tests of web/core: its one step calls an import of the vault, as the wallet would. The step's name
// is the import's, the arguments are {"number", "a" or "a_bytes", "b"}; bytes are base64url. The answer: {"ok":
// {"number", "bytes"}}.
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"

#define MIBUN_HOST(name) __attribute__((import_module("host"), import_name(#name)))

using namespace mibun;

namespace {

extern "C" {
using Text = const char*;
MIBUN_HOST(take) void host_take(std::uint8_t* out);
MIBUN_HOST(clock_now) double host_clock_now();
MIBUN_HOST(record_read) int host_record_read(Text name, std::size_t size);
MIBUN_HOST(record_names) int host_record_names(Text prefix, std::size_t size);
MIBUN_HOST(record_write) int host_record_write(Text name, std::size_t size, Text value, std::size_t value_size);
MIBUN_HOST(record_remove) int host_record_remove(Text name, std::size_t size);
MIBUN_HOST(vault_make_key) int host_vault_make_key(Text id, std::size_t size, std::uint8_t* out);
MIBUN_HOST(vault_open_key) int host_vault_open_key(Text id, std::size_t size, std::uint8_t* out);
MIBUN_HOST(vault_destroy_key) int host_vault_destroy_key(Text id, std::size_t size);
MIBUN_HOST(http) int host_http(Text head, std::size_t size, Text body, std::size_t body_size);
MIBUN_HOST(passkey) int host_passkey(int kind, Text options, std::size_t size);
MIBUN_HOST(sign) int host_sign(int key, int bits, const std::uint8_t* message, std::size_t size, std::uint8_t* out);
MIBUN_HOST(agree) int host_agree(int key, const std::uint8_t* point, std::uint8_t* out);
MIBUN_HOST(private_part) int host_private_part(int key, std::uint8_t* out);
MIBUN_HOST(release_key) void host_release_key(int key);
}

struct Arguments {
  int number = 0;
  std::string a, b;
};

constexpr std::size_t kPointBytes = 65, kSignatureBytes = 64, kScalarBytes = 32;

// What an import left waiting, or wrote to `out`.
struct Outcome {
  int number = 0;
  Bytes bytes;
};

Outcome waiting(int number) {
  Outcome outcome{.number = number, .bytes = Bytes(number > 0 ? static_cast<std::size_t>(number) : 0)};
  if (number >= 0) host_take(outcome.bytes.data());
  return outcome;
}

template <class Call>
Outcome written(std::size_t size, Call call) {
  Outcome outcome{.bytes = Bytes(size)};
  outcome.number = call(outcome.bytes.data());
  return outcome;
}

std::string page_origin;

Outcome call(std::string_view name, const Arguments& in) {
  const auto& [number, a, b] = in;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(a.data());
  if (name == "page_origin") return {.bytes = Bytes(page_origin.begin(), page_origin.end())};
  if (name == "clock_now") return {.number = host_clock_now() > 1.7e12 ? 1 : 0};
  if (name == "record_read") return waiting(host_record_read(a.data(), a.size()));
  if (name == "record_names") return waiting(host_record_names(a.data(), a.size()));
  if (name == "record_write") return {.number = host_record_write(a.data(), a.size(), b.data(), b.size())};
  if (name == "record_remove") return {.number = host_record_remove(a.data(), a.size())};
  if (name == "http") return waiting(host_http(a.data(), a.size(), b.data(), b.size()));
  if (name == "passkey") return waiting(host_passkey(number, a.data(), a.size()));
  if (name == "vault_destroy_key") return {.number = host_vault_destroy_key(a.data(), a.size())};
  if (name == "vault_make_key")
    return written(kPointBytes, [&](std::uint8_t* out) { return host_vault_make_key(a.data(), a.size(), out); });
  if (name == "vault_open_key")
    return written(kPointBytes, [&](std::uint8_t* out) { return host_vault_open_key(a.data(), a.size(), out); });
  if (name == "sign")
    return written(kSignatureBytes, [&](std::uint8_t* out) { return host_sign(number, 256, bytes, a.size(), out); });
  if (name == "agree") return written(kScalarBytes, [&](std::uint8_t* out) { return host_agree(number, bytes, out); });
  if (name == "private_part")
    return written(kScalarBytes, [&](std::uint8_t* out) { return host_private_part(number, out); });
  if (name == "release_key") host_release_key(number);
  if (name == "trap") __builtin_trap();
  return {};
}

Result<Arguments> read_arguments(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = std::size_t{8} << 20}));
  json::ObjectReader reader(object, "arguments");
  Arguments arguments;
  MIBUN_TRY(const auto number, reader.optional_integer("number"));
  MIBUN_TRY(const auto a, reader.optional_string("a"));
  MIBUN_TRY(const auto b, reader.optional_string("b"));
  MIBUN_TRY(const auto a_bytes, reader.optional_string("a_bytes"));
  arguments.number = static_cast<int>(number.value_or(0));
  arguments.a = a.value_or("");
  arguments.b = b.value_or("");
  if (a_bytes) {
    MIBUN_TRY(const Bytes decoded, base64url::decode(*a_bytes));
    arguments.a.assign(decoded.begin(), decoded.end());
  }
  return arguments;
}

std::string answer(std::string_view name, std::string_view text) {
  const auto arguments = read_arguments(text);
  json::Object out;
  if (!arguments) {
    out["error"] = {{"code", "invalid_argument"}, {"where", arguments.error().where}, {"detail", "the test's own"}};
    return json::serialize(out);
  }
  const Outcome outcome = call(name, *arguments);
  out["ok"] = {{"number", outcome.number}, {"bytes", base64url::encode(outcome.bytes)}};
  return json::serialize(out);
}

std::string last;

}  // namespace

extern "C" {

__attribute__((export_name("wallet_begin"))) void wallet_begin(const char* origin, std::size_t size) {
  page_origin.assign(origin, size);
}

__attribute__((export_name("wallet_step"))) int wallet_step(const char* name, std::size_t size, const char* arguments,
                                                            std::size_t arguments_size) {
  last = answer(std::string_view(name, size), std::string_view(arguments, arguments_size));
  return static_cast<int>(last.size());
}

__attribute__((export_name("wallet_take"))) void wallet_take(char* out) {
  last.copy(out, last.size());
}

}  // extern "C"
