#include "tests/server/canary/scanner.h"

#include <algorithm>
#include <cstring>

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

std::string wide(std::string_view text) {
  std::string out;
  for (const char c : text) out += {c, '\0'};
  return out;
}

std::string with_case(std::string text, int (*change)(int)) {
  std::ranges::transform(text, text.begin(),
                         [&](char c) { return static_cast<char>(change(static_cast<unsigned char>(c))); });
  return text;
}

}  // namespace

constexpr std::size_t kFilterBits = 24;

CanaryScanner::CanaryScanner() : filter_((std::size_t{1} << kFilterBits) / 64) {}

void CanaryScanner::add(const std::string& whose, BytesView canary) {
  add_form(whose, std::string(as_text(canary)));
  const std::string digits = hex::encode(canary);
  for (const std::string& text : {digits, with_case(digits, ::toupper)}) add_form(whose, text);
  for (const std::size_t before :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {  // what stands in front moves every character
    Bytes shifted(before, 0);
    shifted.insert(shifted.end(), canary.begin(), canary.end());
    const std::size_t spoilt = before == 0 ? 0 : before + 1;
    std::string url = base64url::encode(shifted), plain = base64::encode(shifted);
    for (std::string* text : {&url, &plain}) {
      while (!text->empty() && text->back() == '=') text->pop_back();
      add_form(whose, text->substr(spoilt, text->size() - spoilt - 1));  // the last one hangs on what follows
    }
  }
}

void CanaryScanner::add_form(const std::string& whose, std::string text) {
  for (std::string form : {text, wide(text)}) {
    const std::size_t number = forms_.size();
    // Every window of 16 bytes has one of these blocks as a whole.
    for (std::size_t at = 0; at + kBlock <= form.size(); at += kBlock) {
      blocks_.emplace(block_at(form.data() + at), Place{number, at});
      const std::size_t bit = filter_bit(form.data() + at);
      filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    forms_.push_back({whose, std::move(form)});
  }
}

std::uint64_t CanaryScanner::block_at(const char* bytes) {
  std::uint64_t block = 0;
  std::memcpy(&block, bytes, sizeof block);
  return block;
}

std::size_t CanaryScanner::filter_bit(const char* bytes) {
  std::uint32_t beginning = 0;
  std::memcpy(&beginning, bytes, sizeof beginning);
  return (beginning * 2654435761U) >> (32 - kFilterBits);
}

// How far both agree around the block.
std::size_t CanaryScanner::match_length(BytesView haystack, std::size_t at, const Place& place,
                                        std::size_t& begin) const {
  const std::string& form = forms_[place.form].text;
  std::size_t before = 0, after = kBlock;
  const auto same = [&](std::size_t in_haystack, std::size_t in_form) {
    return haystack[in_haystack] == static_cast<std::uint8_t>(form[in_form]);
  };
  while (before < at && before < place.at && same(at - before - 1, place.at - before - 1)) ++before;
  while (at + after < haystack.size() && place.at + after < form.size() && same(at + after, place.at + after)) ++after;
  begin = at - before;
  return before + after;
}

template <class Found>
void CanaryScanner::each_hit(BytesView haystack, const Found& found) const {
  const auto* bytes = reinterpret_cast<const char*>(haystack.data());
  for (std::size_t at = 0; at + kBlock <= haystack.size(); ++at) {
    const std::size_t bit = filter_bit(bytes + at);
    if ((filter_[bit / 64] >> (bit % 64) & 1U) == 0) continue;
    const auto [first, last] = blocks_.equal_range(block_at(bytes + at));
    std::size_t skip = 0;
    for (auto one = first; one != last; ++one) {
      std::size_t begin = 0;
      const std::size_t length = match_length(haystack, at, one->second, begin);
      if (length < kWindow) continue;
      found(forms_[one->second.form]);
      skip = std::max(skip, begin + length - at);
      break;
    }
    if (skip > 1) at += skip - 1;
  }
}

std::map<std::string, std::size_t> CanaryScanner::scan(BytesView haystack) const {
  std::map<std::string, std::size_t> found;
  each_hit(haystack, [&](const Form& form) { ++found[form.whose]; });
  return found;
}

std::vector<std::string> CanaryScanner::forms_of(const std::string& whose) const {
  std::vector<std::string> texts;
  for (const Form& form : forms_) {
    if (form.whose == whose) texts.push_back(form.text);
  }
  return texts;
}

std::set<std::string> CanaryScanner::forms_in(BytesView haystack, const std::string& whose) const {
  std::set<std::string> texts;
  each_hit(haystack, [&](const Form& form) {
    if (form.whose == whose) texts.insert(form.text);
  });
  return texts;
}

}  // namespace mibun::server
