#pragma once

// DER as a tree whose nodes can be changed: what comes out has lengths that fit, so that a change reaches the reader of
// the one field that it was made for.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/codecs/tlv.h"
#include "tests/support/test_pki.h"

struct DerNode {
  std::uint32_t tag = 0;
  mibun::Bytes value;             // of a leaf
  std::vector<DerNode> children;  // of a list, or inside an octet string

  static std::vector<DerNode> read(mibun::BytesView value) {
    std::vector<DerNode> out;
    const auto nodes = mibun::tlv::read_all(value);
    if (!nodes) return out;
    for (const mibun::tlv::Node& node : *nodes) {
      DerNode one{node.tag, mibun::to_bytes(node.value), {}};
      constexpr std::uint32_t kOctetString = 4, kConstructed = 0x20;
      if ((node.tag & kConstructed) != 0 || node.tag == kOctetString) one.children = read(node.value);
      out.push_back(std::move(one));
    }
    return out;
  }

  mibun::Bytes encode() const {
    if (children.empty()) return mibun::tlv::write(tag, value);
    mibun::Bytes inside;
    for (const DerNode& child : children) {
      const mibun::Bytes one = child.encode();
      inside.insert(inside.end(), one.begin(), one.end());
    }
    return mibun::tlv::write(tag, inside);
  }
};

// A few changes, each of one node: its tag, its value, its place among its siblings.
class DerChanger {
 public:
  explicit DerChanger(std::uint64_t seed) : rng_(seed) {}

  mibun::Bytes changed(mibun::BytesView der) {
    DerNode root = DerNode::read(der).at(0);
    for (std::size_t left = 1 + pick(3); left > 0; --left) change(root);
    return root.encode();
  }

 private:
  std::size_t pick(std::size_t below) {
    std::uint8_t bytes[4];
    rng_.fill(bytes);
    return (bytes[0] | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16) % below;
  }

  static void collect(DerNode& list, std::vector<DerNode*>& lists, std::vector<DerNode>& all) {
    lists.push_back(&list);
    for (DerNode& child : list.children) {
      all.push_back(child);
      if (!child.children.empty()) collect(child, lists, all);
    }
  }

  void change(DerNode& root) {
    std::vector<DerNode*> lists;
    std::vector<DerNode> all;
    collect(root, lists, all);
    std::vector<DerNode>& siblings = lists[pick(lists.size())]->children;
    if (siblings.empty()) return;
    const std::size_t at = pick(siblings.size());
    const auto place = siblings.begin() + static_cast<std::ptrdiff_t>(at);
    switch (pick(8)) {
      case 0:
        siblings.erase(place);
        break;
      case 1:
        siblings.insert(place, DerNode(siblings[at]));
        break;
      case 2:
        std::swap(siblings[at], siblings[pick(siblings.size())]);
        break;
      case 3:
        siblings[at] = all[pick(all.size())];
        break;
      case 4:
        siblings.insert(place, all[pick(all.size())]);
        break;
      case 5: {
        constexpr std::uint8_t kTags[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0c, 0x12, 0x13, 0x14,
                                          0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x30, 0x31,
                                          0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0xa0, 0xa1,
                                          0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0x41, 0xc0, 0x10, 0x24};
        siblings[at].tag = kTags[pick(std::size(kTags))];
        break;
      }
      case 6:
        siblings[at].children.clear();
        change_bytes(siblings[at].value);
        break;
      default:
        siblings[at].children.clear();
        siblings[at].value.resize(pick(4));
        break;
    }
  }

  void change_bytes(mibun::Bytes& value) {
    if (value.empty() || pick(4) == 0) {
      value.push_back(static_cast<std::uint8_t>(pick(256)));
    } else if (pick(3) == 0) {
      value.erase(value.begin() + static_cast<std::ptrdiff_t>(pick(value.size())));
    } else {
      value[pick(value.size())] = static_cast<std::uint8_t>(pick(256));
    }
  }

  SeededRng rng_;
};
