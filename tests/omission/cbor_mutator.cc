#include "tests/omission/cbor_mutator.h"

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/codecs/cbor.h"

namespace mibun::omission {
namespace {

std::string head(unsigned major, std::uint64_t argument) {
  std::string text(as_text(cbor::Writer().unsigned_integer(argument).take()));
  text[0] = static_cast<char>(static_cast<unsigned char>(text[0]) | (major << 5));
  return text;
}

// One item taken apart one level.
struct Item {
  unsigned major = 0;
  std::uint64_t argument = 0;
  std::string whole, content;         // content: of strings
  std::vector<std::string> children;  // elements; keys and values in turn; what a tag is on
};

// Our own artefacts only: definite lengths, well formed.
Item take(const std::string& text, std::size_t& at) {
  const std::size_t begin = at;
  const auto next = [&] { return static_cast<unsigned char>(text.at(at++)); };
  const unsigned first = next();
  Item item;
  item.major = first >> 5;
  const unsigned info = first & 31U;
  item.argument = info;
  if (info >= 24) {
    if (info > 27) throw std::runtime_error("not an item for the mutator");
    item.argument = 0;
    for (unsigned i = 0; i < (1U << (info - 24)); ++i) item.argument = (item.argument << 8) | next();
  }
  if (item.major == 2 || item.major == 3) {
    item.content = text.substr(at, static_cast<std::size_t>(item.argument));
    at += static_cast<std::size_t>(item.argument);
  }
  const std::uint64_t children = item.major == 4   ? item.argument
                                 : item.major == 5 ? item.argument * 2
                                 : item.major == 6 ? 1
                                                   : 0;
  for (std::uint64_t i = 0; i < children; ++i) item.children.push_back(take(text, at).whole);
  item.whole = text.substr(begin, at - begin);
  return item;
}

void replace(const Item& item, const std::string& place, const Sink& sink) {
  const auto put = [&](std::string_view mutation, const std::string& with) {
    if (with != item.whole) sink(place, mutation, with);
  };
  const bool number = item.major <= 1;
  put("null", "\xf6");
  put("undefined", "\xf7");
  put("boolean", item.whole == "\xf5" ? "\xf4" : "\xf5");
  put("number", number ? std::string(1, '\0') : "\x01");
  put(item.major == 2 ? "empty" : "bytes", item.major == 2 ? "\x40" : "\x41x");
  put(item.major == 3 ? "empty" : "string", item.major == 3 ? "\x60" : "\x61x");
  put(item.major == 4 ? "empty" : "array", "\x80");
  put(item.major == 5 ? "empty" : "object", "\xa0");
  if (number) {
    put("negative", "\x20");
    put("huge", "\x1b\xff\xff\xff\xff\xff\xff\xff\xff");
  }
  if (item.major == 6) {
    put("untagged", item.children[0]);
  } else {
    put("tagged", "\xd9\x03\xe8" + item.whole);  // 1000: a tag that nobody expects
    put("wrapped", "\x81" + item.whole);
  }
}

// The children with `count` copies of `with` instead of those from `changed` on, `width` at a time.
std::string join(const Item& item, std::size_t changed, std::size_t width, const std::string& with, std::size_t count) {
  std::string text;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < item.children.size(); i += width) {
    if (i == changed) {
      for (std::size_t copy = 0; copy < count; ++copy, ++groups) text += with;
      continue;
    }
    for (std::size_t k = 0; k < width; ++k) text += item.children[i + k];
    ++groups;
  }
  return head(item.major, groups) + text;
}

std::string name_of(const std::string& key) {
  std::size_t at = 0;
  const Item item = take(key, at);
  if (item.major == 3) return item.content;
  const std::string digits = std::to_string(item.argument + (item.major == 1 ? 1 : 0));
  return item.major == 1 ? "-" + digits : digits;
}

void mutate(const std::string& text, const std::string& place, const Sink& sink);

void mutate_map(const Item& item, const std::string& place, const Sink& sink) {
  for (std::size_t i = 0; i < item.children.size(); i += 2) {
    const std::string &key = item.children[i], &value = item.children[i + 1];
    const std::string inside = place + '/' + name_of(key);
    sink(inside, "remove", join(item, i, 2, {}, 0));
    sink(inside, "duplicate", join(item, i, 2, key + value, 2));
    sink(inside, "key", join(item, i, 2, "\x81" + key + value, 1));
    mutate(value, inside, [&](const std::string& where, std::string_view how, const std::string& changed) {
      sink(where, how, join(item, i, 2, key + changed, 1));
    });
  }
}

void mutate_array(const Item& item, const std::string& place, const Sink& sink) {
  for (std::size_t i = 0; i < item.children.size(); ++i) {
    const std::string& element = item.children[i];
    const std::string inside = place + '/' + std::to_string(i);
    sink(inside, "remove", join(item, i, 1, {}, 0));
    sink(inside, "duplicate", join(item, i, 1, element, 2));
    if (i + 1 < item.children.size() && element != item.children[i + 1]) {
      Item swapped = item;
      std::swap(swapped.children[i], swapped.children[i + 1]);
      sink(inside, "reorder", join(swapped, i, 1, swapped.children[i], 1));
    }
    mutate(element, inside, [&](const std::string& where, std::string_view how, const std::string& changed) {
      sink(where, how, join(item, i, 1, changed, 1));
    });
  }
}

void mutate(const std::string& text, const std::string& place, const Sink& sink) {
  std::size_t at = 0;
  const Item item = take(text, at);
  replace(item, place, sink);
  if (item.major == 4) mutate_array(item, place, sink);
  if (item.major == 5) mutate_map(item, place, sink);
  if (item.major != 6) return;
  const std::string tag = head(6, item.argument);
  const Sink tagged = [&](const std::string& where, std::string_view how, const std::string& changed) {
    sink(where, how, tag + changed);
  };
  at = 0;
  const Item inner = take(item.children[0], at);
  if (item.argument != 24 || inner.major != 2) return mutate(item.children[0], place, tagged);
  replace(inner, place + "/bytes", tagged);
  tagged(place + "/bytes", "append", head(2, inner.content.size() + 1) + inner.content + '\0');
  mutate(inner.content, place, [&](const std::string& where, std::string_view how, const std::string& changed) {
    tagged(where, how, head(2, changed.size()) + changed);
  });
}

}  // namespace

void mutate_cbor(BytesView item, const std::string& place, const Sink& sink) {
  mutate(std::string(as_text(item)), place, sink);
}

void mutate_cbor_artefact(Trial& trial, const std::string& place, const std::string& whole, const VerifyText& verify) {
  trial.honest(verify(whole));
  mutate_cbor(as_bytes(whole), place, [&](const std::string& where, std::string_view how, const std::string& text) {
    trial.tried(where, how, verify(text));
  });
  flip_bytes(trial, "text", whole, verify);
  truncate(trial, "text", whole, verify);
  trial.tried("text", "append", verify(whole + '\0'));
}

}  // namespace mibun::omission
