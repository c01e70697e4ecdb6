#include "core/codecs/base64_vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mibun::base64_vector {

#if defined(__x86_64__)
namespace {

#define MIBUN_SSSE3 __attribute__((target("ssse3")))

bool has_ssse3() {
  static const bool has = __builtin_cpu_supports("ssse3") != 0;
  return has;
}

// All ones in each byte of `text` that lies from `first` to `last`; bytes above 127 are negative and in no range.
MIBUN_SSSE3 inline __m128i in_range(__m128i text, char first, char last) {
  return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(first - 1))),
                       _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(last + 1)), text));
}

// `by` in each byte that `mask` has.
MIBUN_SSSE3 inline __m128i shift(__m128i mask, int by) {
  return _mm_and_si128(mask, _mm_set1_epi8(static_cast<char>(by)));
}

struct Sextets {
  __m128i values;
  bool valid;
};

MIBUN_SSSE3 inline Sextets sextets_of(__m128i text, char plus, char slash) {
  const __m128i upper = in_range(text, 'A', 'Z');
  const __m128i lower = in_range(text, 'a', 'z');
  const __m128i digit = in_range(text, '0', '9');
  const __m128i is_plus = _mm_cmpeq_epi8(text, _mm_set1_epi8(plus));
  const __m128i is_slash = _mm_cmpeq_epi8(text, _mm_set1_epi8(slash));
  const __m128i known = _mm_or_si128(_mm_or_si128(_mm_or_si128(upper, lower), _mm_or_si128(digit, is_plus)), is_slash);
  const __m128i shifts = _mm_or_si128(_mm_or_si128(_mm_or_si128(shift(upper, -'A'), shift(lower, 26 - 'a')),
                                                   _mm_or_si128(shift(digit, 52 - '0'), shift(is_plus, 62 - plus))),
                                      shift(is_slash, 63 - slash));
  return {_mm_add_epi8(text, shifts), _mm_movemask_epi8(known) == 0xffff};
}

MIBUN_SSSE3 Done decode_ssse3(const char* text, std::size_t size, std::uint8_t* out, char plus, char slash) {
  Done done;
  for (; size - done.in >= 24; done.in += 16, done.out += 12) {  // a store writes four bytes too many
    const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + done.in));
    const Sextets sextets = sextets_of(block, plus, slash);
    if (!sextets.valid) break;
    const __m128i twelve_bits = _mm_maddubs_epi16(sextets.values, _mm_set1_epi32(0x01400140));
    const __m128i groups = _mm_madd_epi16(twelve_bits, _mm_set1_epi32(0x00011000));
    const __m128i bytes =
        _mm_shuffle_epi8(groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + done.out), bytes);
  }
  return done;
}

MIBUN_SSSE3 Done encode_ssse3(const std::uint8_t* bytes, std::size_t size, char* out, char plus, char slash) {
  Done done;
  if (size < 16) return done;
  // What to add to a sextet by its kind: 0 for a to z, 1 to 10 for digits, 11 and 12 for the last two, 13 for A to Z.
  const char digit = '0' - 52;
  const __m128i shifts = _mm_setr_epi8('a' - 26, digit, digit, digit, digit, digit, digit, digit, digit, digit, digit,
                                       static_cast<char>(plus - 62), static_cast<char>(slash - 63), 'A', 0, 0);
  // Twelve bytes become sixteen characters. A load takes sixteen: four too many behind the twelve, or before them.
  const __m128i behind = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m128i before = _mm_add_epi8(behind, _mm_set1_epi8(4));
  const auto step = [&](std::size_t load, __m128i place, std::size_t to) MIBUN_SSSE3 {
    const __m128i spread = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + load)), place);
    const __m128i high = _mm_mulhi_epu16(_mm_and_si128(spread, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
    const __m128i low = _mm_mullo_epi16(_mm_and_si128(spread, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
    const __m128i sextets = _mm_or_si128(high, low);
    const __m128i upper = _mm_and_si128(_mm_cmpgt_epi8(_mm_set1_epi8(26), sextets), _mm_set1_epi8(13));
    const __m128i kinds = _mm_or_si128(_mm_subs_epu8(sextets, _mm_set1_epi8(51)), upper);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + to), _mm_add_epi8(sextets, _mm_shuffle_epi8(shifts, kinds)));
  };
  step(0, behind, 0);
  for (done = {12, 16}; size - done.in >= 12; done.in += 12, done.out += 16) step(done.in - 4, before, done.out);
  // The last whole groups overlap those before.
  const Done whole{size / 3 * 3, size / 3 * 4};
  if (whole.in < 16 || whole.in == done.in) return done;
  step(whole.in - 16, before, whole.out - 16);
  return whole;
}

#undef MIBUN_SSSE3

}  // namespace

Done decode(const char* text, std::size_t size, std::uint8_t* out, char plus, char slash) {
  return has_ssse3() ? decode_ssse3(text, size, out, plus, slash) : Done{};
}

Done encode(const std::uint8_t* bytes, std::size_t size, char* out, char plus, char slash) {
  return has_ssse3() ? encode_ssse3(bytes, size, out, plus, slash) : Done{};
}

#else

Done decode(const char*, std::size_t, std::uint8_t*, char, char) {
  return {};
}

Done encode(const std::uint8_t*, std::size_t, char*, char, char) {
  return {};
}

#endif

}  // namespace mibun::base64_vector
