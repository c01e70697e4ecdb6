#include "core/crypto/web/attribute_types.h"

#include <cstdint>
#include <span>

namespace mibun::crypto::web {
namespace {

struct AttributeType {
  std::uint8_t arc;
  std::string_view name;
};

// 2.5.4.x
constexpr AttributeType kX520[] = {
    {3, "CN"},
    {4, "SN"},
    {5, "serialNumber"},
    {6, "C"},
    {7, "L"},
    {8, "ST"},
    {9, "street"},
    {10, "O"},
    {11, "OU"},
    {12, "title"},
    {13, "description"},
    {14, "searchGuide"},
    {15, "businessCategory"},
    {16, "postalAddress"},
    {17, "postalCode"},
    {18, "postOfficeBox"},
    {19, "physicalDeliveryOfficeName"},
    {20, "telephoneNumber"},
    {21, "telexNumber"},
    {22, "teletexTerminalIdentifier"},
    {23, "facsimileTelephoneNumber"},
    {24, "x121Address"},
    {25, "internationaliSDNNumber"},
    {26, "registeredAddress"},
    {27, "destinationIndicator"},
    {28, "preferredDeliveryMethod"},
    {29, "presentationAddress"},
    {30, "supportedApplicationContext"},
    {31, "member"},
    {32, "owner"},
    {33, "roleOccupant"},
    {34, "seeAlso"},
    {35, "userPassword"},
    {36, "userCertificate"},
    {37, "cACertificate"},
    {38, "authorityRevocationList"},
    {39, "certificateRevocationList"},
    {40, "crossCertificatePair"},
    {41, "name"},
    {42, "GN"},
    {43, "initials"},
    {44, "generationQualifier"},
    {45, "x500UniqueIdentifier"},
    {46, "dnQualifier"},
    {47, "enhancedSearchGuide"},
    {48, "protocolInformation"},
    {49, "distinguishedName"},
    {50, "uniqueMember"},
    {51, "houseIdentifier"},
    {52, "supportedAlgorithms"},
    {53, "deltaRevocationList"},
    {54, "dmdName"},
    {65, "pseudonym"},
    {72, "role"},
    {97, "organizationIdentifier"},
    {98, "c3"},
    {99, "n3"},
    {100, "dnsName"},
};
// 0.9.2342.19200300.100.1.x
constexpr AttributeType kCosine[] = {
    {1, "UID"},
    {2, "textEncodedORAddress"},
    {3, "mail"},
    {4, "info"},
    {5, "favouriteDrink"},
    {6, "roomNumber"},
    {7, "photo"},
    {8, "userClass"},
    {9, "host"},
    {10, "manager"},
    {11, "documentIdentifier"},
    {12, "documentTitle"},
    {13, "documentVersion"},
    {14, "documentAuthor"},
    {15, "documentLocation"},
    {20, "homeTelephoneNumber"},
    {21, "secretary"},
    {22, "otherMailbox"},
    {23, "lastModifiedTime"},
    {24, "lastModifiedBy"},
    {25, "DC"},
    {26, "aRecord"},
    {27, "pilotAttributeType27"},
    {28, "mXRecord"},
    {29, "nSRecord"},
    {30, "sOARecord"},
    {31, "cNAMERecord"},
    {37, "associatedDomain"},
    {38, "associatedName"},
    {39, "homePostalAddress"},
    {40, "personalTitle"},
    {41, "mobileTelephoneNumber"},
    {42, "pagerTelephoneNumber"},
    {43, "friendlyCountryName"},
    {44, "uid"},
    {45, "organizationalStatus"},
    {46, "janetMailbox"},
    {47, "mailPreferenceOption"},
    {48, "buildingName"},
    {49, "dSAQuality"},
    {50, "singleLevelQuality"},
    {51, "subtreeMinimumQuality"},
    {52, "subtreeMaximumQuality"},
    {53, "personalSignature"},
    {54, "dITRedirect"},
    {55, "audio"},
    {56, "documentPublisher"},
};
// 1.2.840.113549.1.9.x
constexpr AttributeType kPkcs9[] = {
    {1, "emailAddress"},      {2, "unstructuredName"},    {3, "contentType"},
    {4, "messageDigest"},     {5, "signingTime"},         {6, "countersignature"},
    {7, "challengePassword"}, {8, "unstructuredAddress"}, {9, "extendedCertificateAttributes"},
    {14, "extReq"},           {15, "SMIME-CAPS"},         {16, "SMIME"},
    {20, "friendlyName"},     {21, "localKeyID"},
};
// 1.3.6.1.4.1.311.60.2.1.x
constexpr AttributeType kJurisdiction[] = {
    {1, "jurisdictionL"},
    {2, "jurisdictionST"},
    {3, "jurisdictionC"},
};

struct Family {
  std::string_view prefix;  // contents of the identifier but for the last arc
  std::span<const AttributeType> types;
};
constexpr Family kFamilies[] = {
    {"\x55\x04", kX520},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01", kCosine},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09", kPkcs9},
    {"\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01", kJurisdiction},
};

// A number in base 10^9, least significant first: an arc may be as large as it likes.
using Decimal = std::vector<std::uint32_t>;
constexpr std::uint32_t kBase = 1'000'000'000;

void multiply_and_add(Decimal& number, std::uint32_t factor, std::uint32_t term) {
  std::uint64_t carry = term;
  for (std::uint32_t& digits : number) {
    carry += std::uint64_t{digits} * factor;
    digits = static_cast<std::uint32_t>(carry % kBase);
    carry /= kBase;
  }
  if (carry != 0) number.push_back(static_cast<std::uint32_t>(carry));
}

void subtract(Decimal& number, std::uint32_t term) {
  for (std::size_t i = 0; term != 0; ++i) {
    const bool borrow = number[i] < term;
    number[i] = number[i] + (borrow ? kBase : 0) - term;
    term = borrow ? 1 : 0;
  }
}

std::string to_text(const Decimal& number) {
  std::string out;
  for (const std::uint32_t digits : number) {
    std::string part = std::to_string(digits);
    part.insert(0, 9 - part.size(), '0');
    out.insert(0, part);
  }
  out.erase(0, out.find_first_not_of('0'));
  return out.empty() ? "0" : out;
}

}  // namespace

std::string_view attribute_type(BytesView oid) {
  for (const Family& family : kFamilies) {
    if (oid.size() != family.prefix.size() + 1 || as_text(oid.first(family.prefix.size())) != family.prefix) continue;
    for (const AttributeType& type : family.types) {
      if (type.arc == oid.back()) return type.name;
    }
  }
  return {};
}

std::string dotted(BytesView oid) {
  constexpr std::size_t kOidBytesMax = 586, kShownMax = 79;
  if (oid.size() > kOidBytesMax) return {};
  std::string out;
  Decimal arc;
  for (const std::uint8_t byte : oid) {
    multiply_and_add(arc, 128, byte & 0x7f);
    if (byte >= 0x80) continue;
    if (out.empty()) {  // the first two arcs are one number: X.690, 8.19.4
      const std::uint32_t root = arc.size() > 1 || (!arc.empty() && arc[0] >= 80) ? 2 : arc.empty() ? 0 : arc[0] / 40;
      subtract(arc, root * 40);
      out = std::to_string(root);
    }
    out += "." + to_text(arc);
    arc.clear();
  }
  return out.substr(0, kShownMax);
}

}  // namespace mibun::crypto::web
