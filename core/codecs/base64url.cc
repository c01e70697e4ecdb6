#include "core/codecs/base64url.h"

#include <array>
#include <bit>
#include <cstring>

#include "core/codecs/base64_vector.h"

namespace mibun {
namespace {

constexpr char kUrlAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kStandardAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Each character's six bits, already shifted to its place in a group of four: a group is four lookups and three ORs.
constexpr std::uint32_t kBad = 0x8000'0000;  // no group has this bit, so one OR over all finds any stranger
using Places = std::array<std::array<std::uint32_t, 256>, 4>;
struct Table {
  Places place;
  char plus, slash;  // the last two characters
};

constexpr Table make_table(const char* alphabet) {
  Places table{};
  for (unsigned place = 0; place < 4; ++place) {
    for (auto& entry : table[place]) entry = kBad;
    for (std::uint32_t i = 0; i < 64; ++i) table[place][static_cast<std::uint8_t>(alphabet[i])] = i << (18 - 6 * place);
  }
  return {table, alphabet[62], alphabet[63]};
}

constexpr Table kUrlTable = make_table(kUrlAlphabet);
constexpr Table kStandardTable = make_table(kStandardAlphabet);

enum class Outcome { done, bad_character, trailing_bits };

std::uint8_t low_byte(std::uint32_t value) {
  return static_cast<std::uint8_t>(value & 0xff);
}

std::uint32_t group_of(const std::uint8_t* text, const Table& table) {
  const Places& place = table.place;
  return place[0][text[0]] | place[1][text[1]] | place[2][text[2]] | place[3][text[3]];
}

// `in` has no padding and in.size() % 4 != 1; `out` has room.
Outcome decode_unpadded(std::string_view in, const Table& table, std::uint8_t* out) {
  const base64_vector::Done done = base64_vector::decode(in.data(), in.size(), out, table.plus, table.slash);
  in.remove_prefix(done.in);
  out += done.out;
  const auto* text = reinterpret_cast<const std::uint8_t*>(in.data());
  const std::size_t whole = in.size() / 4 * 4;
  std::uint32_t seen = 0;
  std::size_t i = 0;
  for (; i + 4 < whole; i += 4, out += 3) {  // the last group is not among them, so a fourth byte has room
    const std::uint32_t group = group_of(text + i, table);
    seen |= group;
    const std::uint32_t big_endian = __builtin_bswap32(group << 8);
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(out, &big_endian, sizeof big_endian);
  }
  for (; i < whole; i += 4) {
    const std::uint32_t group = group_of(text + i, table);
    seen |= group;
    *out++ = low_byte(group >> 16);
    *out++ = low_byte(group >> 8);
    *out++ = low_byte(group);
  }
  const std::size_t rest = in.size() - whole;
  std::uint32_t bits = 0;
  for (; i < in.size(); ++i) {
    const std::uint32_t sextet = table.place[3][text[i]];
    seen |= sextet;
    bits = bits << 6 | (sextet & 63);
  }
  if ((seen & kBad) != 0) return Outcome::bad_character;
  if (rest == 2) {
    *out++ = low_byte(bits >> 4);
    if ((bits & 0x0f) != 0) return Outcome::trailing_bits;
  } else if (rest == 3) {
    *out++ = low_byte(bits >> 10);
    *out++ = low_byte(bits >> 2);
    if ((bits & 0x03) != 0) return Outcome::trailing_bits;
  }
  return Outcome::done;
}

// `out` has room for base64url::encoded_size(bytes.size()) characters.
void encode_unpadded_into(BytesView bytes, const char* alphabet, char* out) {
  const base64_vector::Done done = base64_vector::encode(bytes.data(), bytes.size(), out, alphabet[62], alphabet[63]);
  bytes = bytes.subspan(done.in);
  out += done.out;
  const auto put = [&](std::uint32_t sextet) { *out++ = alphabet[sextet & 63]; };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits =
        std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | std::uint32_t{bytes[i + 2]};
    put(bits >> 18);
    put(bits >> 12);
    put(bits >> 6);
    put(bits);
  }
  if (bytes.size() - i == 1) {
    put(std::uint32_t{bytes[i]} >> 2);
    put(std::uint32_t{bytes[i]} << 4);
  } else if (bytes.size() - i == 2) {
    put(std::uint32_t{bytes[i]} >> 2);
    put(std::uint32_t{bytes[i]} << 4 | std::uint32_t{bytes[i + 1]} >> 4);
    put(std::uint32_t{bytes[i + 1]} << 2);
  }
}

std::string encode_unpadded(BytesView bytes, const char* alphabet) {
  std::string text(base64url::encoded_size(bytes.size()), '\0');
  encode_unpadded_into(bytes, alphabet, text.data());
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

namespace base64url {

std::string encode(BytesView bytes) {
  return encode_unpadded(bytes, kUrlAlphabet);
}

void append(std::string& out, BytesView bytes) {
  const std::size_t begin = out.size(), end = begin + encoded_size(bytes.size());
  out.resize_and_overwrite(end, [&](char* text, std::size_t) {
    encode_unpadded_into(bytes, kUrlAlphabet, text + begin);
    return end;  // what it is called with may be more: libstdc++ 12
  });
}

void encode_into(BytesView bytes, std::span<char> out) {
  MIBUN_INVARIANT(out.size() >= encoded_size(bytes.size()));
  encode_unpadded_into(bytes, kUrlAlphabet, out.data());
}

Result<std::size_t> decode_into(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() % 4 == 1) return fail(ErrorCode::base64url_bad_length);
  const std::size_t size = decoded_size(text.size());
  MIBUN_INVARIANT(out.size() >= size);
  switch (decode_unpadded(text, kUrlTable, out.data())) {
    case Outcome::done:
      return size;
    case Outcome::trailing_bits:
      return fail(ErrorCode::base64url_trailing_bits);
    case Outcome::bad_character:
      break;
  }
  return fail(ErrorCode::base64url_bad_character);
}

Result<Bytes> decode(std::string_view text) {
  Bytes out(decoded_size(text.size()));
  MIBUN_CHECK(decode_into(text, out));
  return out;
}

}  // namespace base64url

namespace base64 {

std::string encode(BytesView bytes) {
  std::string text = encode_unpadded(bytes, kStandardAlphabet);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<Bytes> decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::base64_malformed, {}, "the length is not a multiple of four");
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  Bytes out(base64url::decoded_size(text.size()));
  if (decode_unpadded(text, kStandardTable, out.data()) != Outcome::done) return fail(ErrorCode::base64_malformed);
  return out;
}

}  // namespace base64

namespace hex {

std::string encode(BytesView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<Bytes> decode(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::hex_malformed, {}, "an odd number of digits");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::hex_malformed);
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

}  // namespace hex
}  // namespace mibun
