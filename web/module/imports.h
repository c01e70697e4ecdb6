#pragma once

// What the page does for the module beside the core's imports (core/crypto/web/imports.h): web/core gives them. Texts
// are UTF-8, pointers are offsets into this module's memory. A result that is a length waits until it is taken.

#include <cstddef>
#include <cstdint>

#define MIBUN_PAGE(name) __attribute__((import_module("host"), import_name(#name)))

namespace mibun::web {

extern "C" {

// At once.
MIBUN_PAGE(take) void page_take(std::uint8_t* out);
MIBUN_PAGE(clock_now) double page_clock_now();                                         // milliseconds since 1970
MIBUN_PAGE(record_read) int page_record_read(const char* name, std::size_t size);      // -1: there is none
MIBUN_PAGE(record_names) int page_record_names(const char* prefix, std::size_t size);  // a JSON array, sorted
MIBUN_PAGE(release_key) void page_release_key(int key);

// After a while (they suspend this module). 0 when it is durable.
MIBUN_PAGE(record_write)
int page_record_write(const char* name, std::size_t name_size, const char* value, std::size_t value_size);
MIBUN_PAGE(record_remove) int page_record_remove(const char* name, std::size_t size);
// A key under this id, as a number; its point, 65 bytes, goes to `out`. kNoSuchKey, kLocked.
MIBUN_PAGE(vault_make_key) int page_vault_make_key(const char* id, std::size_t size, std::uint8_t* out);
MIBUN_PAGE(vault_open_key) int page_vault_open_key(const char* id, std::size_t size, std::uint8_t* out);
MIBUN_PAGE(vault_destroy_key) int page_vault_destroy_key(const char* id, std::size_t size);
MIBUN_PAGE(sign)
int page_sign(int key, int digest_bits, const std::uint8_t* message, std::size_t size, std::uint8_t* out);
MIBUN_PAGE(agree) int page_agree(int key, const std::uint8_t* point, std::uint8_t* out);
// `head`: {"method","url","headers":[[name,value]]}. To be taken: 4 bytes, little endian, how long the head of the
// answer is; {"status","headers"}; the body. HttpFailure.
MIBUN_PAGE(http) int page_http(const char* head, std::size_t head_size, const char* body, std::size_t body_size);
// WebAuthn's JSON forms. PasskeyFailure.
MIBUN_PAGE(passkey) int page_passkey(int kind, const char* json, std::size_t size);

}  // extern "C"

inline constexpr int kNoSuchKey = -2, kLocked = -3;
enum class HttpFailure : int { no_connection = -2, timeout = -3, redirect = -4, too_long = -5 };
enum class PasskeyKind : int { create = 1, get = 2 };
enum class PasskeyFailure : int { refused = -2, without_prf = -3, other = -4 };

}  // namespace mibun::web
