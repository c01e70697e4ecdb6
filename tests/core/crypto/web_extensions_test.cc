#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

TEST_CASE("both readers decode the same extensions") {
  const TestAuthority authority("root");
  struct Row {
    std::string_view oid, value;
    bool accepted;
  };
  const Row rows[] = {
      {kBasic, "3000", true},
      {kBasic, "3003010100", true},  // a default written out
      {kBasic, "30030101ff", true},
      {kBasic, "30060101ff020103", true},
      {kBasic, "3003020103", true},
      {kBasic, "300a02087fffffffffffffff", true},
      {kBasic, "300b020900ffffffffffffffff", true},  // beyond counting
      {kBasic, "30030201ff", false},
      {kBasic, "3003040100", false},
      {kBasic, "30090101ff0201030201 03", false},
      {kBasic, "0101ff", false},
      {kUsage, "03020780", true},
      {kUsage, "0303078080", true},
      {kUsage, "030100", false},
      {kUsage, "03020700", false},
      {kUsage, "0401ff", false},
      {kEku, "3000", true},
      {kEku, "300406022a03", true},
      {kEku, "3003020101", false},
      {kEku, "06022a03", false},
      {kSki, "0400", true},
      {kSki, "0402aabb", true},
      {kSki, "020101", false},
      {kAki, "3000", true},
      {kAki, "30038001aa", true},
      {kAki, "30028000", true},
      {kAki, "3005a003040161", false},  // a string in pieces
      {kAki, "3005a103810161", true},
      {kAki, "3005a103890161", false},
      {kAki, "30058103810161", false},  // a list that says it is none
      {kAki, "3003820105", true},
      {kAki, "300482020005", false},
      {kAki, "30028200", false},
      {kAki, "3003830105", false},
      {kSan, "3000", false},
      {kSan, "3003820161", true},
      {kSan, "3003820120", false},
      {kSan, "3005a203160161", false},
      {kSan, "3003810120", true},  // mail addresses are not looked at
      {kSan, "3006870401020304", true},
      {kSan, "3005870301 0203", false},
      {kSan, "3003890161", false},
      {kSan, "30048802 2a03", true},
      {kSan, "3003880180", false},
      {kSan, "300aa00806022a03a0020500", true},
      {kSan, "3008a00606022a03a000", false},
      {kSan, "3006a00406022a03", false},
      {kSan, "300ca00a06022a03a00405000500", false},
      {kSan, "300ba00906022a03a0031e0161", false},  // half a character
      {kSan, "3008800606022a0305 00", false},
      {kSan, "3004a3020500", true},
      {kSan, "3004a4023000", true},
      {kSan, "3002a400", false},
      {kSan, "3006a40430003000", false},
      {kSan, "3011a40f300d310b30090603550403130241 42", true},
      {kSan, "3011a40f300d310b300906035504030c02ff42", false},  // no UTF-8
      {kSan, "3007a505a1031301 61", true},
      {kSan, "300ca50aa0031301 61a1031e0161", false},
      {kSan, "300ca50aa003130161a103130161", true},
      {kSan, "3007a505a003130161", false},
      {kSan, "3007a505a103160161", false},
      {kSan, "3005a503130161", false},
      {kIan, "3000", true},
      {kIan, "3003890161", true},  // not looked at; says nothing
      {kIan, "0500", true},
      {kIan, "3003810161", true},
      {kIan, "3005a103160161", true},
      {kPoints, "3000", false},
      {kPoints, "30023000", false},
      {kPoints, "30093007a005a003860161", true},
      {kPoints, "30063004a002a000", true},
      {kPoints, "30093007a005a003860120", false},
      {kPoints, "30093007a005a003890161", false},
      {kPoints, "30093007a0058003860161", false},
      {kPoints, "30043002a000", false},
      {kPoints, "300b3009a007a003860161 8100", false},
      {kPoints, "300c300aa005a003860161810107", false},
      {kPoints, "300d300ba005a00386016181020780", true},
      {kPoints, "300d300ba005a00386016181020781", false},
      {kPoints, "30073005a203810161", true},
      {kPoints, "30043002a200", false},
      {kPoints, "30113 00fa00da10b3009060355040313024142", true},
      {kPoints, "30113 00fa00da10b300906035504030c02ff42", false},  // OpenSSL 3.0.22 would read it, 3.0.19 would not
      {kPoints, "301d301ba019a117300906035504031302414230 0a060355040313034142 43", true},
      {kPoints, "301d301ba019a117300a060355040313034142433009060355040313024142", false},  // not in order
      {kPoints, "30133011a00fa10b30090603550403130241420500", false},
      {kSubtrees, "3000", true},
      {kSubtrees, "3007a0053003820161", true},
      {kSubtrees, "300da00b3009820161800100810105", true},
      {kSubtrees, "3009a007300582016180 00", false},
      {kSubtrees, "3009a0073005820161 8200", false},
      {kSubtrees, "30073105a103810161", false},
      {kSubtrees, "3007a1053003890161", false},
      {kNetscape, "03020640", true},
      {kNetscape, "0500", false},
      {kNetscape, "030206400500", false},
      {kNetscape, "0381020640", false},
      {kProxy, "3006300406022a03", true},
      {kProxy, "3009020101300406022a03", true},
      {kProxy, "3008300606022a030400", true},
      {kProxy, "3008300606022a030500", false},
      {kProxy, "3002 3000", false},
      {kProxy, "3000", false},
      {kProxy, "30083004 06022a030500", false},
      {kAddresses, "3000", true},
      {kAddresses, "300830060402000105 00", true},
      {kAddresses, "300c300a04020001300403020430", true},
      {kAddresses, "3010300e040200013008 30060301000301 00", true},
      {kAddresses, "300d300b040200013005300303010 0", false},
      {kAddresses, "30093007 04020001020101", false},
      {kNumbers, "3000", true},
      {kNumbers, "3004a0020500", true},
      {kNumbers, "3007a005300302 0105", true},
      {kNumbers, "300ca10a300830060201050201 06", true},
      {kNumbers, "3004a2020500", false},
      {kNumbers, "3002a000", false},
      {kNumbers, "3006a00405000500", false},
  };
  for (const Row& row : rows) {
    const std::string why = std::string(row.oid) + ": " + std::string(row.value);
    check_alike(why, with_extensions(authority.root, {{row.oid, row.value}}), row.accepted);
  }
  const std::string proxy = "3006300406022a03";
  check_alike("a proxy authority", with_extensions(authority.root, {{kProxy, proxy}, {kBasic, "30030101ff"}}), false);
  check_alike("a proxy with names", with_extensions(authority.root, {{kProxy, proxy}, {kSan, "3003820161"}}), false);
  check_alike("an extension twice", with_extensions(authority.root, {{kUsage, "03020780"}, {kUsage, "03020780"}}),
              false);
}
